export { type Problem, SettingsError, type StageProblem } from './errors';
export { type ExampleValue, exampleValues } from './examples';
export type { SettingsExtension } from './extension';
export * from './model';
export { parseStage, parseStages, type StageSource } from './parse';
export { isOfOtherPartition, OTHER_PARTITION } from './partition';
