/** Where batches go. An object is there wholly or not at all. */
export interface Sink {
  /**
   * Resolves when the object is durable; never before.
   *
   * @param key a name that no other object ever has
   * @throws SinkError when it is not known to be
   */
  put(key: string, body: Buffer): Promise<void>;
}

/** An object that could not be stored within its time, or at all. It may still have been. */
export class SinkError extends Error {
  override readonly name = 'SinkError';
}
