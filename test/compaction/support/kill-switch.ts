import type { ObjectInfo, ObjectStore, ObjectVersion } from '../../../lambda/compaction/store/object-store';

export class Killed extends Error {}

/** Counts the calls of one compactor and kills it at one of them: that call and all after it fail. */
export class KillSwitch {
  calls = 0;
  #dead = false;

  constructor(
    private readonly at: number,
    private readonly when: 'before' | 'after',
  ) {}

  async call<T>(effect: () => Promise<T>): Promise<T> {
    if (this.#dead) throw new Killed();
    const number = ++this.calls;
    if (number === this.at && this.when === 'before') this.#die();
    const value = await effect();
    if (number === this.at && this.when === 'after') this.#die();
    return value;
  }

  #die(): never {
    this.#dead = true;
    throw new Killed('killed');
  }

  store(store: ObjectStore): ObjectStore {
    const call = this.call.bind(this);
    return {
      async *list(...args) {
        const all: ObjectInfo[] = [];
        for await (const object of store.list(...args)) all.push(object);
        yield* await call(async () => all);
      },
      listPage: (...args) => call(() => store.listPage(...args)),
      listFolder: (...args) => call(() => store.listFolder(...args)),
      async *listVersions(...args) {
        const all: ObjectVersion[] = [];
        for await (const version of store.listVersions(...args)) all.push(version);
        yield* await call(async () => all);
      },
      getVersion: (...args) => call(() => store.getVersion(...args)),
      get: (...args) => call(() => store.get(...args)),
      getRange: (...args) => call(() => store.getRange(...args)),
      getFile: (...args) => call(() => store.getFile(...args)),
      put: (...args) => call(() => store.put(...args)),
      openUpload: (...args) => {
        const upload = store.openUpload(...args);
        return {
          add: (part) => call(() => upload.add(part)),
          close: () => call(() => upload.close()),
          abort: () => upload.abort(),
        };
      },
      putFile: (...args) => call(() => store.putFile(...args)),
      copy: (...args) => call(() => store.copy(...args)),
      deleteMatching: (...args) => call(() => store.deleteMatching(...args)),
    };
  }
}
