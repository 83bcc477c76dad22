import { S3Error } from './errors';

/** What checks the chunk signatures of a signed streaming body. */
export interface ChunkVerifier {
  /** @throws S3Error SignatureDoesNotMatch */
  chunk(data: readonly Buffer[], signature: string): void;
  /** @throws S3Error SignatureDoesNotMatch */
  trailer(lines: readonly string[], signature: string): void;
}

const MAX_LINE_BYTES = 8192;
const MAX_TRAILERS = 16;
const CRLF = Buffer.from('\r\n');

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done';

/**
 * Decoder of `aws-chunked` bodies: chunks of `size[;chunk-signature=…]CRLF data CRLF`, an empty one at the end, then
 * trailer headers. With a verifier a chunk is handed on only once its signature has been checked.
 */
export class ChunkedDecoder {
  readonly trailers = new Map<string, string>();
  #state: State = 'size';
  #line: Buffer = Buffer.alloc(0);
  #remaining = 0;
  #signature = '';
  #held: Buffer[] = [];
  readonly #trailerLines: string[] = [];

  constructor(
    private readonly emit: (data: Buffer) => void,
    private readonly verifier?: ChunkVerifier,
  ) {}

  /** @throws S3Error IncompleteBody for a malformed frame, SignatureDoesNotMatch for a forged one */
  write(input: Buffer): void {
    let chunk = input;
    while (chunk.length > 0) {
      if (this.#state === 'data') {
        const data = chunk.subarray(0, this.#remaining);
        this.#take(data);
        chunk = chunk.subarray(data.length);
      } else if (this.#state === 'done') {
        throw new S3Error('IncompleteBody', { message: 'The body goes on after its last chunk.' });
      } else {
        const end = this.#line.length > 0 ? -1 : chunk.indexOf(CRLF);
        if (end >= 0) {
          const line = chunk.toString('latin1', 0, end);
          chunk = chunk.subarray(end + 2);
          this.#onLine(line);
        } else {
          chunk = this.#bufferLine(chunk);
        }
      }
    }
  }

  /** @throws S3Error IncompleteBody when the body ended early */
  end(): void {
    if (this.#state !== 'done') throw new S3Error('IncompleteBody');
  }

  #take(data: Buffer): void {
    this.#remaining -= data.length;
    if (this.verifier === undefined) this.emit(data);
    else this.#held.push(data);
    if (this.#remaining > 0) return;
    this.#checkChunk();
    this.#state = 'data-end';
  }

  #checkChunk(): void {
    this.verifier?.chunk(this.#held, this.#signature);
    for (const held of this.#held) this.emit(held);
    this.#held = [];
  }

  /** Collects a line that is split between packets. */
  #bufferLine(chunk: Buffer): Buffer {
    const joined = Buffer.concat([this.#line, chunk]);
    const end = joined.indexOf(CRLF);
    if (end < 0) {
      if (joined.length > MAX_LINE_BYTES)
        throw new S3Error('IncompleteBody', { message: 'A chunk header is too long.' });
      this.#line = joined;
      return Buffer.alloc(0);
    }
    this.#line = Buffer.alloc(0);
    this.#onLine(joined.toString('latin1', 0, end));
    return joined.subarray(end + 2);
  }

  #onLine(line: string): void {
    switch (this.#state) {
      case 'size':
        this.#onSize(line);
        return;
      case 'data-end':
        if (line !== '') throw new S3Error('IncompleteBody', { message: 'A chunk is longer than its header says.' });
        this.#state = 'size';
        return;
      default:
        this.#onTrailer(line);
    }
  }

  #onSize(line: string): void {
    const match = /^([\da-fA-F]{1,12})(?:;chunk-signature=([\da-f]{64}))?$/.exec(line);
    if (match === null) throw new S3Error('IncompleteBody', { message: 'A chunk header is malformed.' });
    this.#remaining = Number.parseInt(match[1] as string, 16);
    this.#signature = match[2] ?? '';
    this.#state = this.#remaining > 0 ? 'data' : 'trailer';
    if (this.#remaining === 0) this.#checkChunk();
  }

  #onTrailer(line: string): void {
    if (line === '') {
      this.#endTrailers();
      this.#state = 'done';
      return;
    }
    const colon = line.indexOf(':');
    if (colon <= 0 || this.trailers.size >= MAX_TRAILERS) {
      throw new S3Error('IncompleteBody', { message: 'A trailing header is malformed.' });
    }
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    this.trailers.set(name, value);
    if (name !== 'x-amz-trailer-signature') this.#trailerLines.push(`${name}:${value}`);
  }

  #endTrailers(): void {
    const signature = this.trailers.get('x-amz-trailer-signature');
    if (this.#trailerLines.length > 0) this.verifier?.trailer(this.#trailerLines, signature ?? '');
  }
}
