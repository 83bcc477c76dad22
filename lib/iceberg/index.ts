export type { Statistic } from './bounds';
export { bound } from './bounds';
export * from './manifests';
export * from './mapping';
export * from './metadata';
export * from './schema';
