import type { Readable } from 'node:stream';
import { tooLarge } from './events-headers';
import { GrowingBuffer } from './growing-buffer';
import type { Pace } from './pace';
import { RefusedError } from './problems';

/** Announced bytes that are reserved before they arrive; memory for more is reserved as they arrive. */
const BELIEVED = 65_536;
/** Pieces cost time by their number: so many are taken whatever their size, more only if they are so large on average. */
const FREE_PIECES = 1_000;
const LEAST_PIECE = 32;

export interface ReceiveOptions {
  /** `Content-Length`. */
  readonly announced: number | undefined;
  readonly bodyBytes: number;
  readonly pace: Pace;
  /** @throws when there is no room for this many bytes */
  readonly room: (bytes: number) => void;
}

type Done = (error: Error | null, body?: Buffer) => void;

/** Reads a body, and appends a newline. */
export function receive(stream: Readable, options: ReceiveOptions, done: Done): void {
  const { announced, bodyBytes, room } = options;
  const body = new GrowingBuffer(Math.min(announced ?? bodyBytes, bodyBytes), room);
  const expected = Math.min(announced ?? 0, BELIEVED);
  let pieces = 0;

  const end = (error: Error | null): void => {
    unwatch();
    stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
    if (error === null) done(null, body.withNewline());
    else done(error);
  };
  const onData = (chunk: Buffer): void => {
    pieces += 1;
    try {
      if (body.length + chunk.length > bodyBytes) throw tooLarge(bodyBytes);
      if (pieces > FREE_PIECES && body.length < pieces * LEAST_PIECE) throw inPieces();
      body.append(chunk, expected);
    } catch (error) {
      end(error as Error);
    }
  };
  const onEnd = (): void => {
    if (announced === undefined || body.length === announced) end(null);
    else end(cutOff());
  };
  const onError = (): void => end(cutOff());
  const onClose = (): void => end(cutOff());
  const unwatch = options.pace.body(
    () => body.length,
    () => end(tooSlow()),
  );
  stream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  stream.resume();
}

const inPieces = (): RefusedError =>
  new RefusedError({
    status: 400,
    code: 'bad-body',
    detail: `the body comes in pieces of less than ${LEAST_PIECE} bytes; send larger chunks`,
  });

const tooSlow = (): RefusedError =>
  new RefusedError({
    status: 408,
    code: 'too-slow',
    detail: 'the body arrives too slowly; send it faster, or send less',
  });

const cutOff = (): RefusedError =>
  new RefusedError({ status: 400, code: 'bad-body', detail: 'the body ended before its length' });
