import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { InputFormat } from '../../lib/dataset/model';

/** A raw object that this lake took in, as it was counted before compaction saw it. */
export interface LoadedObject {
  readonly kind: 'object';
  readonly dataset: string;
  readonly key: string;
  readonly partition: string;
  readonly format: InputFormat;
  /** Non-blank lines, CSV records or Parquet rows; null when the object cannot be read to its end. */
  readonly rows: number | null;
  /** Bytes as stored. */
  readonly bytes: number;
  /** Where it came from: a path below the input folder, or the generator. */
  readonly source: string;
}

/** Rows, or a whole file (`rows` null), that no partition could be found for: they went straight to quarantine. */
export interface UnplacedRows {
  readonly kind: 'unplaced';
  readonly dataset: string;
  /** Key of the quarantine object. */
  readonly key: string;
  readonly rows: number | null;
  readonly bytes: number;
  readonly source: string;
}

/** A source that was taken in wholly. */
interface FinishedSource {
  readonly kind: 'source';
  readonly dataset: string;
  readonly id: string;
}

type Entry = LoadedObject | UnplacedRows | FinishedSource;

/**
 * What was put into the lake, one JSON document a line, kept beside the buckets. It makes a second run take in only what
 * is new, and it is the independent count that the accounting compares the lake with.
 */
export class Ledger {
  readonly #path: string;
  readonly #objects = new Map<string, LoadedObject | UnplacedRows>();
  readonly #sources = new Set<string>();

  private constructor(path: string) {
    this.#path = path;
  }

  /** Reads the ledger, or starts an empty one. A last line that a crash cut off is ignored: its object is put again. */
  static async open(path: string): Promise<Ledger> {
    const ledger = new Ledger(path);
    await mkdir(dirname(path), { recursive: true });
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') {
        return '';
      }
      throw error;
    });
    const complete = text.slice(0, text.lastIndexOf('\n') + 1);
    if (complete.length < text.length) {
      await appendFile(path, '\n');
    }
    for (const line of text.split('\n')) {
      const entry = parse(line);
      if (entry !== undefined) {
        ledger.#remember(entry);
      }
    }
    return ledger;
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  get(key: string): LoadedObject | UnplacedRows | undefined {
    return this.#objects.get(key);
  }

  isFinished(dataset: string, source: string): boolean {
    return this.#sources.has(`${dataset} ${source}`);
  }

  objects(dataset: string): LoadedObject[] {
    return [...this.#objects.values()].filter((o): o is LoadedObject => o.kind === 'object' && o.dataset === dataset);
  }

  unplaced(dataset: string): UnplacedRows[] {
    return [...this.#objects.values()].filter((o): o is UnplacedRows => o.kind === 'unplaced' && o.dataset === dataset);
  }

  async add(entry: Entry): Promise<void> {
    this.#remember(entry);
    await appendFile(this.#path, `${JSON.stringify(entry)}\n`);
  }

  #remember(entry: Entry): void {
    if (entry.kind === 'source') {
      this.#sources.add(`${entry.dataset} ${entry.id}`);
    } else {
      this.#objects.set(entry.key, entry);
    }
  }
}

function parse(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}
