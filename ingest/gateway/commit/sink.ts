/** The destination of batches. An object is stored completely or not at all. */
export interface Sink {
  /**
   * Resolves when the object is durable; never before.
   *
   * @param key a name that no other object ever has
   * @throws SinkError when it is not known to be durable
   */
  put(key: string, body: Buffer): Promise<void>;
}

/** An object could not be stored, or not in time. It may have been stored nevertheless. */
export class SinkError extends Error {
  override readonly name = 'SinkError';
}
