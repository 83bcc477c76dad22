import type { IngestResult } from './ingest-files';
import type { Loader } from './input/loader';
import type { Progress } from './terminal';

/** What the gateway answered, added up. */
export interface PostedCounts {
  readonly requests: number;
  readonly stored: number;
  readonly duplicates: number;
  /** Rows whose key another row has. */
  readonly conflicts: number;
  readonly rejected: number;
}

/** Sends generated rows through the ingest gateway. @throws Error when it does not account for every one */
export type PostRows = (
  loader: Loader,
  rows: number,
  progress: Progress,
) => Promise<IngestResult & { readonly posted: PostedCounts }>;
