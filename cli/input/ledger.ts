import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { InputFormat } from '../../lib/dataset/model';

/** A raw object that this lake took in, as it was counted before compaction saw it. */
export interface LoadedObject {
  readonly kind: 'object';
  readonly dataset: string;
  readonly key: string;
  readonly partition: string;
  readonly format: InputFormat;
  /** JSON records, CSV records or Parquet rows; null when the object cannot be read to its end. */
  readonly rows: number | null;
  /** Bytes as stored. */
  readonly bytes: number;
  /** Where it came from: a path below the input folder, or the generator. */
  readonly source: string;
  /** Whether the object is that file as it was, so that line numbers in one are line numbers in the other. */
  readonly whole: boolean;
  /** Set when the name's ending does not say what the content is. @default false */
  readonly mislabelled?: boolean;
  /** Set for JSON that is anything else than one record a line. @default false */
  readonly arranged?: boolean;
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

/** A source that was loaded completely. */
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
  readonly #file: number;
  readonly #objects = new Map<string, LoadedObject | UnplacedRows>();
  readonly #sources = new Set<string>();

  private constructor(file: number) {
    this.#file = file;
  }

  /** Reads the ledger, or starts an empty one. A last line that a crash cut off is ignored: its object is put again. */
  static async open(path: string): Promise<Ledger> {
    await mkdir(dirname(path), { recursive: true });
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') {
        return '';
      }
      throw error;
    });
    const ledger = new Ledger(openSync(path, 'a'));
    if (text !== '' && !text.endsWith('\n')) {
      writeSync(ledger.#file, '\n');
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

  add(entry: Entry): void {
    this.#remember(entry);
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.#file);
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
