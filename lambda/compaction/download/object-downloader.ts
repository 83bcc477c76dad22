import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Agent } from 'undici';
import { rowsDataset } from '../../../lib/dataset';
import type { Dataset, InputFormat } from '../../../lib/dataset/model';
import { MIB } from '../../../lib/dataset/units';
import {
  createValidator,
  inflateAll,
  inflateStream,
  type Rejection,
  type RowValidator,
  sniff,
  UnreadableObjectError,
} from '../../../lib/rows';
import { within } from '../limits/deadline';
import { RejectedLines } from '../limits/rejected-lines';
import { STALL_MILLIS, TransferWatch } from '../limits/transfer-watch';
import { getWhole } from './get-whole';
import type { DownloadJob, DownloadOutcome, WorkerSettings } from './job';
import { peek, type StreamedResponse, withResponse } from './response';
import { SegmentWriter } from './segment-writer';
import { type Segment, Segments } from './segments';

/** Objects up to this size (as stored) are inflated in one call, which is several times faster than a stream. */
const WHOLE_OBJECT_BYTES = 4 * MIB;
/** Longest that closing connections may take, in milliseconds. */
const CLOSE_MILLIS = 5_000;

/** Downloads, inflates and checks objects concurrently; runs in the main thread or in a worker. */
export class ObjectDownloader {
  readonly #settings: WorkerSettings;
  readonly #agent: Agent;
  readonly #watch: TransferWatch;
  readonly #segments: Segments;
  /** What rows must hold where paths give columns: the same for all such objects. */
  #inPaths: Dataset | undefined;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
    this.#watch = new TransferWatch(settings.stallMillis);
    // The watch also catches what these timeouts do not: a body that arrives byte by byte.
    const timeouts = { headersTimeout: 0, bodyTimeout: 0, connectTimeout: settings.stallMillis ?? STALL_MILLIS };
    this.#agent = new Agent({ connections: 128, pipelining: 1, ...timeouts });
    this.#segments = new Segments(settings.directory, `lines-${settings.name}`);
  }

  async download(job: DownloadJob): Promise<DownloadOutcome> {
    try {
      return await (job.size <= WHOLE_OBJECT_BYTES ? this.#downloadWhole(job) : this.#downloadStream(job));
    } catch (error) {
      if (error instanceof Unreadable) {
        return { status: 'unreadable', id: job.id, versionId: error.versionId, reason: error.message };
      }
      const { message, code } = error as NodeJS.ErrnoException;
      // A retry helps with a broken connection, but not with a full disk.
      const retryable = code === undefined || !LOCAL_ERRORS.has(code);
      return { status: 'failed', id: job.id, error: message, retryable };
    }
  }

  /** Closes files and connections; call it when every download has its outcome. Returns the segments. */
  async finish(): Promise<Segment[]> {
    await this.#disconnect();
    return this.#segments.finish();
  }

  /** Ends all requests at once. */
  async abort(): Promise<void> {
    await this.#disconnect();
    this.#segments.discard();
  }

  /** Not `close()`, which waits for responses: here none is wanted any more. */
  async #disconnect(): Promise<void> {
    await within(CLOSE_MILLIS, 'Closing connections', this.#agent.destroy()).catch(() => undefined);
  }

  async #downloadWhole(job: DownloadJob): Promise<DownloadOutcome> {
    const { status, versionId, body } = await getWhole(this.#agent, job.request, job.size, this.#watch);
    if (status !== 200) return refused(job, status, body.toString());
    if (body.length !== job.size) {
      return { status: 'failed', id: job.id, error: `${body.length} of ${job.size} bytes came`, retryable: true };
    }
    if (sniff(body) === 'parquet') return await this.#keepParquet(job, [body], versionId);
    return readable(versionId, () => {
      const rejects = new RejectedLines('line');
      const checker = this.#checker(job, rejects);
      const plain = inflateAll(body, this.#settings.maxObjectBytes);
      // Nothing is appended until the whole object has proved readable.
      const slices = [...checker.push(plain), ...checker.end()];
      this.#append(job, checker, this.#segments.of(job.columns), slices);
      return taken(job, versionId, checker, rejects, bytesOf(slices));
    });
  }

  #downloadStream(job: DownloadJob): Promise<DownloadOutcome> {
    return withResponse(this.#agent, job.request, job.size, this.#watch, (response) => this.#takeStream(job, response));
  }

  async #takeStream(job: DownloadJob, response: StreamedResponse): Promise<DownloadOutcome> {
    const { status, versionId } = response;
    if (status !== 200) return refused(job, status, await response.text());
    const { head, whole } = await peek(response);
    if (sniff(head) === 'parquet') return await this.#keepParquet(job, whole, versionId);
    // A segment of its own, so that an object that proves unreadable at its end leaves nothing behind.
    const own = new SegmentWriter(this.#settings.directory, `object-${this.#settings.name}-${job.id}`);
    try {
      const outcome = await readable(versionId, () => this.#checkStream(job, whole, own, versionId));
      this.#segments.of(job.columns).adopt(own.finish());
      return outcome;
    } catch (error) {
      await Promise.all(own.discard().map((segment) => rm(segment)));
      throw error;
    }
  }

  async #checkStream(
    job: DownloadJob,
    whole: AsyncIterable<Buffer>,
    own: SegmentWriter,
    versionId: string | undefined,
  ): Promise<DownloadOutcome> {
    const rejects = new RejectedLines('line');
    const checker = this.#checker(job, rejects);
    let localBytes = 0;
    let accepted = 0;
    const append = (slices: Buffer[]): void => {
      localBytes += bytesOf(slices);
      this.#append(job, checker, own, slices, accepted);
      accepted = checker.accepted;
    };
    for await (const chunk of inflateStream(whole, this.#settings.maxObjectBytes)) append(checker.push(chunk));
    append(checker.end());
    return taken(job, versionId, checker, rejects, localBytes);
  }

  async #keepParquet(
    job: DownloadJob,
    body: Iterable<Buffer> | AsyncIterable<Buffer>,
    versionId: string | undefined,
  ): Promise<DownloadOutcome> {
    await readable(versionId, () => this.#expectFormat('parquet'));
    const parquet = path.join(this.#settings.directory, `input-${this.#settings.name}-${job.id}.parquet`);
    await pipeline(body, createWriteStream(parquet));
    return {
      status: 'taken',
      id: job.id,
      versionId,
      accepted: 0,
      rejected: [],
      localBytes: job.size,
      parquet,
      unknownFields: [],
      otherUnknownFields: 0,
    };
  }

  #expectFormat(format: InputFormat): void {
    const { name, input } = this.#settings.dataset;
    if (input.formats.includes(format)) return;
    throw new UnreadableObjectError(`it is ${format}, but dataset ${name} declares ${input.formats.join(', ')}`);
  }

  #datasetOf({ columns }: DownloadJob): Dataset {
    if (columns === undefined) return this.#settings.dataset;
    this.#inPaths ??= rowsDataset(this.#settings.dataset, columns);
    return this.#inPaths;
  }

  /** @param before lines of the object that were appended before */
  #append(job: DownloadJob, checker: RowValidator, writer: SegmentWriter, slices: readonly Buffer[], before = 0): void {
    // Of a second look, only what is rejected counts.
    if (job.vetoes === undefined) writer.append(slices, { object: job.id, lines: checker.accepted - before });
  }

  #checker(job: DownloadJob, rejects: RejectedLines): RowValidator {
    this.#expectFormat(job.format);
    // Copied: the bytes belong to the validator, and are valid only during the call.
    const keep = ({ raw, ...rejected }: Rejection): void => rejects.add({ ...rejected, raw: Buffer.from(raw) });
    return createValidator(job.format, this.#datasetOf(job), keep, job.vetoes);
  }
}

const LOCAL_ERRORS = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'EACCES', 'EROFS', 'ERR_OUT_OF_RANGE']);

function taken(
  job: DownloadJob,
  versionId: string | undefined,
  checker: RowValidator,
  rejects: RejectedLines,
  localBytes: number,
): DownloadOutcome {
  const { accepted, unknownFields, otherUnknownFields } = checker;
  const counts = { accepted, rejected: rejects.lines, localBytes, unknownFields, otherUnknownFields };
  return { status: 'taken', id: job.id, versionId, ...counts };
}

/** The object changed since it was listed, or S3 refuses it; throttling and server errors are worth a retry. */
function refused(job: DownloadJob, status: number, text: string): DownloadOutcome {
  if (status === 404 || status === 412) return { status: 'changed', id: job.id };
  const code = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? 'no error code';
  const error = `HTTP ${status} ${code}`;
  const retryable = status >= 500 || status === 429 || status === 408 || RETRYABLE_CODES.has(code);
  const objects = !retryable && (status === 400 || status === 403) && !CALLER_CODES.has(code);
  return objects ? { status: 'refused', id: job.id, error } : { status: 'failed', id: job.id, error, retryable };
}

/** An unreadable object, with its version. */
class Unreadable extends Error {
  constructor(
    message: string,
    readonly versionId: string | undefined,
  ) {
    super(message);
  }
}

async function readable<T>(versionId: string | undefined, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof UnreadableObjectError ? new Unreadable(error.message, versionId) : error;
  }
}

/** S3 rejects the caller or the form of the request: that has nothing to do with the object. */
const CALLER_CODES = new Set([
  'AccountProblem',
  'AuthorizationHeaderMalformed',
  'InvalidAccessKeyId',
  'InvalidSecurity',
  'InvalidToken',
  'NotSignedUp',
  'SignatureDoesNotMatch',
]);

const RETRYABLE_CODES = new Set([
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'ExpiredToken',
  'TokenRefreshRequired',
  'SlowDown',
  'ThrottlingException',
  'KMS.ThrottlingException',
]);

function bytesOf(slices: readonly Buffer[]): number {
  return slices.reduce((total, { length }) => total + length, 0);
}
