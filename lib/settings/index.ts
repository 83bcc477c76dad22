export { SettingsError, type SettingsProblem } from './errors';
export { type ExampleValue, exampleValues } from './examples';
export * from './ingest-model';
export * from './model';
export { parseStage, parseStages, type StageSource } from './parse';
export { isOfOtherPartition, OTHER_PARTITION } from './partition';
