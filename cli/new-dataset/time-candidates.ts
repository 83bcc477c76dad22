import { parseDataset } from '../../lib/dataset';
import type { ColumnType } from '../../lib/dataset/model';
import { NdjsonValidator } from '../../lib/rows';
import { type TimeGuess, timeGuesses } from './time-guess';

/** Values from which guesses are made. */
const TELLING = 8;
/** After so many values, a guess has to read at least this share of them. */
const TRIAL = { values: 100, share: 0.8 };
const MAX_GUESSES = 24;

export interface TimeFinding extends TimeGuess {
  /** Values that it reads. */
  readonly read: number;
  /** Epoch milliseconds of the first and the last. */
  readonly first: number;
  readonly last: number;
  /** Values by year. */
  readonly years?: ReadonlyMap<number, number>;
}

/** Finds out how the texts of a column are read as times, by the very reader of compaction. */
export class TimeCandidates {
  #values = 0;
  readonly #open = new Map<string, Candidate>();
  /** Texts so far while guesses are made, for those that come later. */
  readonly #told: string[] = [];

  add(text: string): void {
    this.#values += 1;
    if (this.#told.length < TELLING) {
      for (const guess of timeGuesses(text)) this.#try(guess);
      this.#told.push(text);
    } else if (this.#open.size === 0) {
      return;
    }
    for (const [key, candidate] of this.#open) {
      candidate.add(JSON.stringify(text));
      if (this.#values >= TRIAL.values && candidate.read < TRIAL.share * this.#values) this.#open.delete(key);
    }
  }

  #try(guess: TimeGuess): void {
    const key = JSON.stringify(guess);
    if (this.#open.has(key) || this.#open.size >= MAX_GUESSES) return;
    const candidate = Candidate.of(guess);
    if (candidate === undefined) return;
    for (const earlier of this.#told) candidate.add(JSON.stringify(earlier));
    this.#open.set(key, candidate);
  }

  /** Those that read most, the likeliest first. */
  get best(): readonly TimeFinding[] {
    const found = [...this.#open.values()].filter(({ read }) => read > 0);
    const most = Math.max(...found.map(({ read }) => read));
    return found.filter(({ read }) => read === most);
  }
}

/** One way to read the values of a column. */
export class Candidate implements TimeFinding {
  read = 0;
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  readonly years = new Map<number, number>();
  readonly #validator: NdjsonValidator;

  private constructor(
    readonly kind: 'timestamp' | 'date',
    type: ColumnType,
    readonly format?: TimeGuess['format'],
  ) {
    const columns = [{ name: 'v', type, notNull: true, comment: undefined }];
    this.#validator = new NdjsonValidator({ columns }, () => undefined);
  }

  /** Undefined where the checks of datasets refuse the format. */
  static of({ kind, format }: TimeGuess): Candidate | undefined {
    try {
      const column = { name: 'v', type: kind, notNull: true, ...(format === undefined ? {} : { format }) };
      const partition = { scheme: 'day', from: '2000-01-01', to: '2000-01-01' } as const;
      const { columns } = parseDataset({
        ...{ name: 'guess', description: 'One time.', columns: [column], partition, eventTime: 'v' },
        input: { formats: ['ndjson'] },
      });
      return new Candidate(kind, columns[0]?.type ?? { kind }, format);
    } catch {
      return undefined;
    }
  }

  /** @param json the value as JSON */
  add(json: string): void {
    const lines = this.#validator.push(Buffer.from(`{"v":${json}}\n`));
    if (lines.length === 0) return;
    const text = (JSON.parse(Buffer.concat(lines).toString()) as { v: string }).v;
    const time = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text.replace(' ', 'T').replace(/Z?$/, 'Z')}`);
    if (Number.isNaN(time)) return;
    this.read += 1;
    const year = new Date(time).getUTCFullYear();
    this.years.set(year, (this.years.get(year) ?? 0) + 1);
    this.first = Math.min(this.first, time);
    this.last = Math.max(this.last, time);
  }
}
