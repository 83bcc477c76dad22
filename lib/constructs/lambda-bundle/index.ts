export { type BundleOptions, bundle, LAMBDA_UNZIPPED_LIMIT } from './bundle';
export { type BundledCodeProps, bundledCode, PROJECT_ROOT } from './code';
export { BINDING_CACHE, type BindingTarget, bindingPackage, duckdbBinding } from './duckdb-binding';
