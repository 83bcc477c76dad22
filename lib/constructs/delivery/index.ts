export * from './firehose-role';
export * from './landing-bucket';
export * from './services';
