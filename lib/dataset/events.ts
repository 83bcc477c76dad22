import type { Dataset } from './model';

/** Whether the ingest gateway takes events of a dataset: it stores them as NDJSON. */
export const takesEvents = ({ input }: Dataset): boolean =>
  input.json === undefined && (input.formats.includes('ndjson') || input.formats.includes('json'));
