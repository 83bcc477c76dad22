export {
  type Fault,
  type RequestEvent,
  type S3Server,
  type S3ServerOptions,
  type S3ServerStats,
  startS3Server,
} from './server';
export type { Credentials } from './signature';
