import { getHeapStatistics } from 'node:v8';
import type { ByteRange } from '../../lambda/compaction/store/object-store';
import { YearStore } from '../year/store';

/** S3 in memory, in which all data files have the bytes of one. */
export class SharedFileStore extends YearStore {
  /** Of requests since {@link reset}. */
  bytesPut = 0;
  bytesGot = 0;
  /** Bytes of the largest heap at a request. */
  largestHeap = 0;

  constructor(readonly file: Buffer) {
    super();
  }

  override async getRange(_: string, __: string, ___: string, { start, end }: ByteRange): Promise<Buffer> {
    this.requests.gets++;
    const part = this.file.subarray(start, end === undefined ? undefined : end + 1);
    this.bytesGot += part.length;
    this.#look();
    return part;
  }

  override async get(...[bucket, key]: Parameters<YearStore['get']>): ReturnType<YearStore['get']> {
    const found = await super.get(bucket, key);
    this.bytesGot += found?.body.length ?? 0;
    return found;
  }

  override async put(...args: Parameters<YearStore['put']>): Promise<string> {
    const etag = await super.put(...args);
    this.bytesPut += args[2].length;
    this.#look();
    return etag;
  }

  reset(): void {
    Object.assign(this.requests, { lists: 0, puts: 0, gets: 0, deletes: 0 });
    this.bytesPut = 0;
    this.bytesGot = 0;
    this.largestHeap = 0;
  }

  /** Nothing here waits, so no timer would see it. */
  #look(): void {
    this.largestHeap = Math.max(this.largestHeap, getHeapStatistics().used_heap_size);
  }
}
