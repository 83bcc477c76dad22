import { S3Error } from './errors';

const MAX_KEY_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;
const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * Order of two keys by their UTF-8 bytes, which is S3's listing order. UTF-16 order differs from it only where
 * surrogates meet U+E000 to U+FFFF.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** Sorts in place by UTF-8 bytes; the engine's own string order, much faster, where no key needs more. */
export function sortKeys(keys: string[]): string[] {
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort(compareKeys) : keys.sort();
}

/**
 * Refuses just the keys that S3 refuses.
 * @throws S3Error KeyTooLongError above 1,024 bytes of UTF-8; InvalidURI for relative segments that climb above the bucket
 */
export function checkKey(key: string): void {
  if (key.length > MAX_KEY_BYTES / 4) {
    const size = Buffer.byteLength(key);
    if (size > MAX_KEY_BYTES) {
      throw new S3Error('KeyTooLongError', { details: { Size: `${size}`, MaxSizeAllowed: `${MAX_KEY_BYTES}` } });
    }
  }
  if (key.includes('..')) {
    let depth = 0;
    for (const segment of key.split('/')) {
      depth += segment === '..' ? -1 : 1;
      if (depth < 0) throw new S3Error('InvalidURI', { details: { URI: key } });
    }
  }
}

/** Whether the key can be the path of a plain file below the bucket's folder. */
export function isPlainPath(key: string): boolean {
  if (key.includes('\0') || LONE_SURROGATE.test(key)) return false;
  if (!key.includes('/.') && !key.includes('//') && !key.startsWith('.') && !key.startsWith('/')) {
    if (key.length <= MAX_SEGMENT_BYTES / 4) return key !== '' && !key.endsWith('/');
  }
  return key
    .split('/')
    .every((segment) => !/^\.{0,2}$/.test(segment) && Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES);
}

const CHUNK = 200;

/**
 * A relative path for a key that cannot be a plain path: every byte but lowercase letters, digits, `_` and `-` as `%xx`
 * (so that it also survives file systems that ignore case), cut into folders whose names end in `+`.
 */
export function escapeKey(key: string): string {
  const escaped = Buffer.from(key, 'utf8')
    .toString('latin1')
    .replace(/[^a-z0-9_-]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  const parts = escaped.match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? [];
  return parts.join('+/');
}

/** The key of a path made by `escapeKey`. */
export function unescapeKey(path: string): string {
  const bytes = path
    .replaceAll('+/', '')
    .replace(/%([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
