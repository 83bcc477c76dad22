import type { Dataset } from './model';

/** Whether the ingest gateway takes events of a dataset: it stores them as NDJSON. */
export const takesEvents = ({ input }: Dataset): boolean =>
  input.json === undefined && (input.formats.includes('ndjson') || input.formats.includes('json'));

/** What makes a dataset take events that takes none, for messages. */
export const toTakeEvents = ({ input }: Pick<Dataset, 'input'>): string =>
  input.json === undefined
    ? "add 'ndjson' to its input.formats"
    : 'leave input.json out, because events have no envelope';
