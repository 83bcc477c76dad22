import { gunzipSync, gzipSync } from 'node:zlib';
import { rejectedLinesPrefix, rejectedObjectsPrefix } from '../../../lib/dataset/layout';
import { MIB } from '../../../lib/dataset/units';
import type { Rejection } from '../../../lib/rows';
import { mapConcurrently } from '../concurrency';
import { PreconditionFailedError } from '../store/object-store';
import type { LoadedInput } from './converter';
import type { Lake, PartitionRef } from './lake';
import { inputDigest } from './names';

/** One line of a quarantine object; the query stack declares a table over this shape. */
export interface QuarantineEntry {
  readonly dataset: string;
  readonly source_bucket: string;
  readonly source_key: string;
  readonly source_etag: string;
  readonly source_version: string | null;
  /** 1-based; null when the whole object was rejected. */
  readonly line: number | null;
  readonly reason: string;
  /** The line as it arrived, if it is UTF-8. */
  readonly raw: string | null;
  /** The line in base64, if it is not UTF-8. */
  readonly raw_base64: string | null;
  /** Where the whole object was copied to; null for a single line. */
  readonly object_key: string | null;
  /** For JSON, 1-based among the records of the object. */
  readonly record: number | null;
  /** For JSON, bytes of the inflated object before the record. */
  readonly byte_offset: number | null;
}

const NEWLINE = 0x0a;

/** What one object below `lines/` says. Its text is never one string, since Node has none of more than 512 MiB. */
export function entriesIn(body: Buffer): readonly QuarantineEntry[] {
  const text = gunzipSync(body);
  const entries: QuarantineEntry[] = [];
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf(NEWLINE, from);
    const end = newline < 0 ? text.length : newline;
    if (end > from) entries.push(JSON.parse(text.toString('utf8', from, end)) as QuarantineEntry);
    from = end + 1;
  }
  return entries;
}

/** One object below `lines/`. */
export const encodeEntries = (entries: Iterable<QuarantineEntry>): Buffer =>
  Buffer.concat(Array.from(inPieces(entries), (text) => gzipSync(text)));

const WRITES_IN_FLIGHT = 8;

/**
 * Keeps what does not fit: one object for each raw object that has rejected lines, and a copy of each unreadable one.
 * Their names depend only on the version of the raw object, so that any task that processes it again writes the same object.
 *
 * @param versions whether inputs are versions that need not be the current ones
 * @returns the keys of inputs that were rewritten before they could be copied; they must be treated as not read
 */
export async function quarantine(
  lake: Lake,
  ref: PartitionRef,
  inputs: readonly LoadedInput[],
  versions = false,
): Promise<Set<string>> {
  const rewritten = new Set<string>();
  const affected = inputs.filter(({ rejected, unreadable }) => rejected.length > 0 || unreadable !== undefined);
  await mapConcurrently(affected, WRITES_IN_FLIGHT, async (input) => {
    const digest = inputDigest(input);
    let entries: Iterable<QuarantineEntry>;
    if (input.unreadable === undefined) {
      entries = lineEntries(lake, ref, input);
    } else {
      const entry = await keepObject(lake, ref, input, input.unreadable, digest, versions);
      if (entry === undefined) {
        rewritten.add(input.key);
        return;
      }
      entries = [entry];
    }
    const key = `${rejectedLinesPrefix(ref.dataset.name, ref.partition)}${digest}.json.gz`;
    await lake.store.put(lake.buckets.quarantine, key, encodeEntries(entries));
  });
  return rewritten;
}

/** Text that is one member of the gzip, about: all of it would take many times its bytes in memory, and may be too long for a string. */
const PIECE_LENGTH = 8 * MIB;

function* inPieces(entries: Iterable<QuarantineEntry>): Generator<string> {
  let text = '';
  for (const entry of entries) {
    text += `${JSON.stringify(entry)}\n`;
    if (text.length < PIECE_LENGTH) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

async function keepObject(
  lake: Lake,
  ref: PartitionRef,
  input: LoadedInput,
  reason: string,
  digest: string,
  versions: boolean,
): Promise<QuarantineEntry | undefined> {
  const name = input.key.slice(input.key.lastIndexOf('/') + 1);
  const key = `${rejectedObjectsPrefix(ref.dataset.name, ref.partition)}${digest}/${name}`;
  try {
    // The role of the compactor may read the current version only.
    const versionId = versions ? input.versionId : undefined;
    await lake.store.copy({ ...input, versionId, bucket: lake.buckets.raw }, { bucket: lake.buckets.quarantine, key });
  } catch (error) {
    if (error instanceof PreconditionFailedError) return undefined;
    throw error;
  }
  return { ...source(lake, ref, input), line: null, reason, raw: null, raw_base64: null, object_key: key, ...NOWHERE };
}

const NOWHERE = { record: null, byte_offset: null };

function* lineEntries(lake: Lake, ref: PartitionRef, input: LoadedInput): Generator<QuarantineEntry> {
  for (const line of input.rejected) yield lineEntry(lake, ref, input, line);
}

function lineEntry(lake: Lake, ref: PartitionRef, input: LoadedInput, rejected: Rejection): QuarantineEntry {
  const raw = rejected.raw.toString('utf8');
  const exact = Buffer.from(raw).equals(rejected.raw);
  return {
    ...source(lake, ref, input),
    line: rejected.line,
    reason: rejected.reason,
    raw: exact ? raw : null,
    raw_base64: exact ? null : rejected.raw.toString('base64'),
    object_key: null,
    record: rejected.record ?? null,
    byte_offset: rejected.offset ?? null,
  };
}

function source(lake: Lake, ref: PartitionRef, input: LoadedInput) {
  return {
    dataset: ref.dataset.name,
    source_bucket: lake.buckets.raw,
    source_key: input.key,
    source_etag: input.etag,
    source_version: input.versionId ?? null,
  };
}
