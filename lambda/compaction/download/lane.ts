import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Agent, type Dispatcher } from 'undici';
import type { InputFormat } from '../../../lib/dataset/model';
import { createChecker, inflateAll, inflateStream, type LineChecker, sniff, UnreadableObjectError } from '../lines';
import type { DownloadJob, DownloadOutcome, LaneSettings, RejectedBytes } from './job';
import { SegmentWriter } from './segment-writer';

/** Objects up to this size (as stored) are inflated in one call, which is several times faster than a stream. */
export const WHOLE_OBJECT_BYTES = 4 * 1024 * 1024;
/** Time without progress after which a request is given up and tried again, in milliseconds. */
const STALL_TIMEOUT = 30_000;
/** An object with more rejected text than this is not a data file with bad lines: it is quarantined as a whole. */
const MAX_REJECTED_BYTES = 64 * 1024 * 1024;

/** Downloads, inflates and checks objects one next to the other; runs in the main thread or in a worker. */
export class Lane {
  readonly #settings: LaneSettings;
  readonly #agent = new Agent({
    connections: 128,
    pipelining: 1,
    headersTimeout: STALL_TIMEOUT,
    bodyTimeout: STALL_TIMEOUT,
    connectTimeout: STALL_TIMEOUT,
  });
  readonly #segments: SegmentWriter;

  constructor(settings: LaneSettings) {
    this.#settings = settings;
    this.#segments = new SegmentWriter(settings.directory, `lines-${settings.name}`);
  }

  async download(job: DownloadJob): Promise<DownloadOutcome> {
    let versionId: string | undefined;
    try {
      const response = await this.#agent.request({
        origin: job.request.origin,
        path: job.request.path,
        method: 'GET',
        headers: job.request.headers,
      });
      const { statusCode } = response;
      if (statusCode === 404 || statusCode === 412) {
        await response.body.dump();
        return { status: 'changed', id: job.id };
      }
      if (statusCode !== 200) return await refused(job, response);
      versionId = header(response, 'x-amz-version-id');
      return await this.#take(job, response.body, versionId);
    } catch (error) {
      if (error instanceof UnreadableObjectError) {
        return { status: 'unreadable', id: job.id, versionId, reason: error.message };
      }
      const { message, code } = error as NodeJS.ErrnoException;
      // No space left is not mended by trying again; a connection that broke is.
      const retryable = code === undefined || !LOCAL_ERRORS.has(code);
      return { status: 'failed', id: job.id, error: message, retryable };
    }
  }

  /** Closes files and connections. Returns the paths of the segments. */
  async finish(): Promise<string[]> {
    await this.#agent.close();
    return this.#segments.finish();
  }

  /** Ends all requests at once. */
  async abort(): Promise<void> {
    await this.#agent.destroy();
    this.#segments.finish();
  }

  async #take(job: DownloadJob, body: Readable, versionId: string | undefined): Promise<DownloadOutcome> {
    if (job.size > WHOLE_OBJECT_BYTES) return await this.#takeStream(job, body, versionId);
    const stored = Buffer.concat(await body.toArray());
    if (stored.length !== job.size) {
      return { status: 'failed', id: job.id, error: `${stored.length} of ${job.size} bytes came`, retryable: true };
    }
    if (sniff(stored) === 'parquet') return await this.#keepParquet(job, [stored], versionId);
    const rejects = new Rejects();
    const checker = this.#checker(job, rejects);
    const plain = inflateAll(stored, this.#settings.maxObjectBytes);
    // Nothing is appended before the whole object has proved readable.
    const slices = [...checker.push(plain), ...checker.end()];
    this.#segments.append(slices);
    return taken(job, versionId, checker, rejects, bytesOf(slices));
  }

  async #takeStream(job: DownloadJob, body: Readable, versionId: string | undefined): Promise<DownloadOutcome> {
    const { head, whole } = await peek(body);
    if (sniff(head) === 'parquet') return await this.#keepParquet(job, whole, versionId);
    const rejects = new Rejects();
    const checker = this.#checker(job, rejects);
    // A segment of its own, so that an object that proves unreadable at its end leaves nothing behind.
    const own = new SegmentWriter(this.#settings.directory, `object-${this.#settings.name}-${job.id}`);
    let localBytes = 0;
    const append = (slices: Buffer[]): void => {
      localBytes += bytesOf(slices);
      own.append(slices);
    };
    try {
      for await (const chunk of inflateStream(whole, this.#settings.maxObjectBytes)) append(checker.push(chunk));
      append(checker.end());
    } catch (error) {
      await Promise.all(own.finish().map((segment) => rm(segment)));
      throw error;
    }
    this.#segments.adopt(own.finish());
    return taken(job, versionId, checker, rejects, localBytes);
  }

  async #keepParquet(
    job: DownloadJob,
    body: Iterable<Buffer> | AsyncIterable<Buffer>,
    versionId: string | undefined,
  ): Promise<DownloadOutcome> {
    this.#expectFormat('parquet');
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
    };
  }

  #expectFormat(format: InputFormat): void {
    const { name, input } = this.#settings.dataset;
    if (input.formats.includes(format)) return;
    throw new UnreadableObjectError(`it is ${format}, but dataset ${name} declares ${input.formats.join(', ')}`);
  }

  #checker(job: DownloadJob, rejects: Rejects): LineChecker {
    this.#expectFormat(job.format);
    return createChecker(job.format, this.#settings.dataset, (rejected) => rejects.add(rejected));
  }
}

const LOCAL_ERRORS = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'EACCES', 'EROFS', 'ERR_OUT_OF_RANGE']);

/** Rejected lines are copied: the checker lends their bytes for the call only. */
class Rejects {
  readonly lines: RejectedBytes[] = [];
  #bytes = 0;

  add({ line, reason, raw }: { line: number; reason: string; raw: Buffer }): void {
    this.#bytes += raw.length;
    if (this.#bytes > MAX_REJECTED_BYTES) {
      throw new UnreadableObjectError(
        `more than ${MAX_REJECTED_BYTES} bytes of its lines were rejected; the first was line ` +
          `${this.lines[0]?.line}: ${this.lines[0]?.reason}`,
      );
    }
    this.lines.push({ line, reason, raw: Buffer.from(raw) });
  }
}

function taken(
  job: DownloadJob,
  versionId: string | undefined,
  checker: LineChecker,
  rejects: Rejects,
  localBytes: number,
): DownloadOutcome {
  const { accepted, unknownFields } = checker;
  return { status: 'taken', id: job.id, versionId, accepted, rejected: rejects.lines, localBytes, unknownFields };
}

/** An answer that is neither the object nor its absence: throttling and server errors are worth another try. */
async function refused(job: DownloadJob, response: Dispatcher.ResponseData): Promise<DownloadOutcome> {
  const { statusCode } = response;
  const text = await response.body.text();
  const code = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? 'no error code';
  const retryable = statusCode >= 500 || statusCode === 429 || statusCode === 408 || RETRYABLE_CODES.has(code);
  return { status: 'failed', id: job.id, error: `HTTP ${statusCode} ${code}`, retryable };
}

const RETRYABLE_CODES = new Set(['RequestTimeout', 'RequestTimeTooSkewed', 'ExpiredToken', 'SlowDown']);

function header(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function peek(body: Readable): Promise<{ head: Buffer; whole: AsyncGenerator<Buffer> }> {
  const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await iterator.next();
  const head = first.done === true ? Buffer.alloc(0) : first.value;
  return { head, whole: replay(head, iterator) };
}

async function* replay(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function bytesOf(slices: readonly Buffer[]): number {
  return slices.reduce((total, { length }) => total + length, 0);
}
