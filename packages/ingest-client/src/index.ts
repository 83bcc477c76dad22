export { IngestClient } from './client';
export * from './errors';
export type { EventResult, IngestClientOptions, IngestEvent, TokenRequest } from './options';
