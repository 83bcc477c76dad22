/**
 * An object that cannot be read at all: truncated or corrupt compression, a line or an inflated size beyond the limit, a
 * CSV header that does not fit. Nothing of it can be trusted, so the caller quarantines the object as a whole.
 */
export class UnreadableObjectError extends Error {
  override readonly name = 'UnreadableObjectError';
}
