import { type Dataset, pathValues, rowsDataset } from '../../../lib/dataset';
import { MAX_UNKNOWN_NAMES, type Rejection, type UnknownField, UnreadableObjectError } from '../../../lib/rows';
import type { Loaded } from '../download/loader';
import type { Segment } from '../download/segments';
import { bytesInMemory, MAX_REJECTED_BYTES_OF_BATCH } from '../limits/rejected-lines';
import type { LoadedInput } from '../protocol/converter';
import { checkParquet } from './parquet-input';
import { withNumbers, withPathColumns } from './path-columns';
import type { EngineSession } from './session';

/** What a batch is made of. */
export interface Sources {
  readonly inputs: readonly LoadedInput[];
  readonly segments: readonly Segment[];
  readonly parquet: readonly ParquetSource[];
  readonly unknownFields: readonly UnknownField[];
  readonly otherUnknownFields: number;
}

/** Queries that return the accepted rows of a Parquet input: as they are, and with the columns that `ROW` names. */
export interface ParquetSource {
  readonly key: string;
  readonly etag: string;
  /** Columns and groups of the file. */
  readonly columns: number;
  /** Of its accepted rows, before compression. */
  readonly bytes: number;
  readonly query: string;
  readonly numberedQuery: string;
}

/**
 * Turns what was downloaded into inputs; Parquet rows are checked here, by the engine.
 *
 * @returns the number of objects whose rejected rows fit in memory where those of all do not: at least one
 */
export async function checkInputs(session: EngineSession, dataset: Dataset, loaded: Loaded): Promise<Sources | number> {
  const parquet: ParquetSource[] = [];
  const inputs: LoadedInput[] = [];
  const unknownFields: UnknownField[] = [];
  let otherUnknownFields = 0;
  let rejectedBytes = 0;
  for (const outcome of loaded.objects) {
    const { key, etag, size } = outcome.object;
    const pinned = { key, etag, size, versionId: outcome.versionId };
    if (outcome.status === 'unreadable') {
      inputs.push({ ...pinned, accepted: 0, rejected: [], unreadable: outcome.reason });
    } else if (outcome.parquet === undefined) {
      inputs.push({ ...pinned, accepted: outcome.accepted, rejected: rejectionsOf(outcome) });
      unknownFields.push(...outcome.unknownFields);
      otherUnknownFields += outcome.otherUnknownFields;
    } else {
      try {
        const columns = pathValues(dataset, key);
        const checked = await checkParquet(session, rowsDataset(dataset, columns), outcome.parquet);
        const query = withPathColumns(dataset, checked.query, columns);
        const numberedQuery = withPathColumns(withNumbers(dataset), checked.numberedQuery, columns);
        parquet.push({ key, etag, columns: checked.columns, bytes: checked.acceptedBytes, query, numberedQuery });
        unknownFields.push(...checked.unknownFields.slice(0, MAX_UNKNOWN_NAMES));
        for (const { count } of checked.unknownFields.slice(MAX_UNKNOWN_NAMES)) otherUnknownFields += count;
        inputs.push({ ...pinned, accepted: checked.accepted, rejected: checked.rejected });
      } catch (error) {
        if (!(error instanceof UnreadableObjectError)) throw error;
        inputs.push({ ...pinned, accepted: 0, rejected: [], unreadable: error.message });
      }
      // Those of lines were counted as they were loaded.
      rejectedBytes += bytesInMemory(inputs.at(-1)?.rejected ?? []);
      if (rejectedBytes > MAX_REJECTED_BYTES_OF_BATCH && inputs.length > 1) return inputs.length - 1;
    }
  }
  return { inputs, segments: loaded.segments, parquet, unknownFields, otherUnknownFields };
}

/** Rejected lines as they are kept: threads pass plain bytes on. */
export const rejectionsOf = ({ rejected }: Extract<Loaded['objects'][number], { status: 'taken' }>): Rejection[] =>
  rejected.map(({ raw, ...line }) => ({ ...line, raw: Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength) }));
