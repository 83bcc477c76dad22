export { type BundleOptions, bundle, LAMBDA_UNZIPPED_LIMIT, PROJECT_ROOT } from './bundle';
export { type BundledCodeProps, bundledCode } from './code';
export { BINDING_CACHE, type BindingTarget, bindingPackage, duckdbBinding } from './duckdb-binding';
