export type { S3ServerStats } from './handler';
export type { Fault, RequestEvent, RequestHook } from './hook';
export { type S3Server, type S3ServerOptions, startS3Server } from './server';
export type { Credentials } from './signature';
