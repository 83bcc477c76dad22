export type { Fault, RequestEvent, RequestHook, S3ServerStats } from './handler';
export { type S3Server, type S3ServerOptions, startS3Server } from './server';
export type { Credentials } from './signature';
