export * from './duckdb-types';
export * from './layout';
export * from './model';
export * from './parse';
export * from './partitions';
export * from './problems';
export * from './tables';
export { formatHiveType, isScalar, parseType, TypeSyntaxError } from './types';
