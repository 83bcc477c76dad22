export { adminStatements } from './admin';
export { configurationStatements, logStatements } from './auditor';
export { ALL_DATASETS, datasetsByPolicy, ingestStatements } from './ingest';
export { crawlerName, LakeArns } from './lake-arns';
export { LakeRole } from './lake-role';
export { operatingStatements } from './operating';
export { type ReadableZone, WorkgroupAccess } from './workgroup-access';
