/** Datasets of well-known sources: each function returns a `DatasetDefinition`, and takes what a fork has otherwise. */
export * from './alb';
export * from './cloudfront';
export * from './cloudtrail';
export * from './combined';
export * from './debezium';
export * from './dms';
export * from './firehose';
export * from './fluent-bit';
export * from './nlb';
export type { OwnDataOptions, PresetOptions } from './preset';
export * from './resolver';
export * from './s3-access-logs';
export * from './vpc-flow-logs';
export * from './waf';
