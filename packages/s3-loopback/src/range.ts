import { S3Error } from './errors';

export interface ByteRange {
  /** Offset of the first byte. */
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes that a `Range` header asks for. S3 serves one range; a header it does not understand is ignored.
 * @returns undefined for the whole object
 * @throws S3Error InvalidRange when the range lies behind the end
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = header === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null) return undefined;
  const [, first, last] = match as unknown as [string, string, string];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    if (length === 0) throw unsatisfiable(header, size);
    return { start: size - length, length };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw unsatisfiable(header, size);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return { start, length: end - start + 1 };
}

const unsatisfiable = (header: string | undefined, size: number): S3Error =>
  new S3Error('InvalidRange', {
    details: { RangeRequested: header ?? '', ActualObjectSize: `${size}` },
    headers: ['Content-Range', `bytes */${size}`],
  });
