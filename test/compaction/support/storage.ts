import type { ObjectStore } from '../../../lambda/compaction/store/object-store';
import { type Gate, MemoryBuckets, MemoryStore } from './memory-store';

/** Operations after which nothing needs to be looked at again. */
export const READS = /^(?:list|listFolder|get|getRange|getFile) /;

/** Where a model lake lies. */
export interface ModelStorage {
  /** What the invariants look at; a put is one of a producer. */
  readonly buckets: MemoryBuckets;
  /** The store of one process: each operation passes the gates. */
  store(before: Gate, after: Gate): ObjectStore;
  /** What a process meets whose operation took effect but was not answered. */
  lostAnswer(): Error;
  /** Resolves when the puts of producers have taken effect. */
  arrived(): Promise<void>;
  /** Ends it. @returns what opens any number of storages with what lies in this one */
  save(): Promise<() => Promise<ModelStorage>>;
  close(): Promise<void>;
}

/** One for all: who makes an error writes down where, which costs more than most steps. */
const LOST_ANSWER = Object.assign(new Error('no answer'), { name: 'TimeoutError' });

export class MemoryStorage implements ModelStorage {
  constructor(readonly buckets = new MemoryBuckets()) {}

  store(before: Gate, after: Gate): ObjectStore {
    return new MemoryStore(this.buckets, before, after);
  }

  lostAnswer(): Error {
    return LOST_ANSWER;
  }

  async arrived(): Promise<void> {}

  async save(): Promise<() => Promise<ModelStorage>> {
    return async () => new MemoryStorage(this.buckets.copy());
  }

  async close(): Promise<void> {}
}
