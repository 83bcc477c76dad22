/**
 * Breaks input of every format of lines in every way, and looks whether the validator keeps its promises: it throws nothing but
 * `UnreadableObjectError`, answers the same however the bytes are cut, and drops and doubles no row. Each row has a token of its
 * own, so that no second parser has to say what became of it: a token that is whole in the input is in the output or in a rejection.
 */
import { type Dataset, type DatasetDefinition, type InputFormat, parseDataset } from '../../lib/dataset';
import { createValidator, UnreadableObjectError } from '../../lib/rows';
import { cut, feed } from './helpers';

export interface Subject {
  readonly name: string;
  readonly format: InputFormat;
  readonly dataset: Dataset;
  readonly text: Buffer;
  /** What of an input the validator may leave out: its comments, and the line of names. */
  readonly leavesOut: (input: string) => string;
}

/** A token; no two rows have the same. */
const TOKEN = /T\d\d_/g;
const token = (row: number): string => `T${String(row).padStart(2, '0')}_`;

const COLUMNS: DatasetDefinition['columns'] = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'n', type: 'int' },
  { name: 'x', type: 'double' },
  { name: 'note', type: 'string' },
];

function subject(
  name: string,
  input: DatasetDefinition['input'],
  text: string,
  more: Partial<Subject> & { readonly columns?: DatasetDefinition['columns'] } = {},
): Subject {
  const { columns = COLUMNS, ...rest } = more;
  const dataset = parseDataset({
    name: 'fuzzed',
    description: 'Rows with a token each.',
    columns,
    partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
    eventTime: 'at',
    input,
  });
  const [format = 'ndjson'] = input.formats;
  return { name, format, dataset, text: Buffer.from(text), leavesOut: () => '', ...rest };
}

const NOTES = ['plain', 'é漢😀', 'a "q" b', "it's", 'x,y;z', 'back\\slash', '', 'tab\tin', 'end'];
const AT = '2026-06-15T10:00:00Z';

const records = (write: (row: number, note: string) => string): readonly string[] =>
  NOTES.map((note, row) => write(row, note));

const json = records((row, note) => JSON.stringify({ id: token(row), at: AT, n: row, x: row / 4, note }));
const pretty = NOTES.map((note, row) => JSON.stringify({ id: token(row), at: AT, n: row, note }, null, 2));
const quoted = records(
  (row, note) => `${token(row)},${AT},${row},${row / 4},"${note.replaceAll('"', '""')}${row === 2 ? '\nmore' : ''}"`,
);
const escaped = records(
  (row, note) => `${token(row)} ${AT} ${row} - "${note.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
);
const bare = records((row, note) => [token(row), AT, row, '\\N', note.replaceAll(/["\t\\]/g, '.')].join('\t'));
const combined = records((row, note) => `${token(row)} [${AT}] ${row} "${note.replaceAll(/["\\]/g, '.')}"`);

/** Lines of a text that begin with a mark, in any of their positions. */
const linesWith = (mark: string) => (input: string) =>
  input
    .split('\n')
    .filter((line) => line.replace(/^\ufeff/, '').startsWith(mark))
    .join('\n');

export const SUBJECTS: readonly Subject[] = [
  subject('NDJSON', { formats: ['ndjson'] }, `${json.join('\n')}\n`),
  subject('concatenated JSON', { formats: ['json'] }, json.join('')),
  subject('an array of JSON', { formats: ['json'] }, `[${json.join(',\n')}]`),
  subject('pretty-printed JSON', { formats: ['json'] }, pretty.join('\n')),
  subject('an envelope of JSON', { formats: ['json'], json: { unwrap: 'Records' } }, `{"Records":[${json.join(',')}]}`),
  subject('CSV', { formats: ['csv'] }, `id,at,n,x,note\n${quoted.join('\n')}\n`, {
    // Whatever comes first is the line of names; under others than these, fields are undeclared.
    leavesOut: (input) => (/^(?:\u00ef\u00bb\u00bf)?id,at,n,x,note\r?\n/.test(input) ? '' : input),
  }),
  subject(
    'blanks, quotes and escapes',
    {
      formats: ['csv'],
      csv: { delimiter: ' ', header: false, nulls: ['-'], escape: 'backslash', comment: '#' },
    },
    `# comment\n${escaped.join('\n')}\n`,
    { leavesOut: linesWith('#') },
  ),
  subject(
    'tabs without quotes',
    { formats: ['csv'], csv: { delimiter: '\t', header: '#Fields:', nulls: ['\\N'], quote: false, comment: '#' } },
    `#Version: 1.0\n#Fields: id at n x note\n${bare.join('\n')}\n`,
    { leavesOut: (input) => (input.includes('\n#Fields: id at n x note\n') ? linesWith('#')(input) : input) },
  ),
  subject(
    'lines by a pattern',
    {
      formats: ['lines'],
      lines: { pattern: String.raw`^(?<id>\S+) \[(?<at>[^\]]+)\] (?<n>\d+) "(?<note>[^"]*)"$`, nulls: ['-'] },
    },
    `${combined.join('\n')}\n`,
  ),
];

interface Result {
  readonly output: string;
  readonly rejected: readonly string[];
}

/** What becomes of the bytes, or why the object is refused as a whole. */
export function read({ dataset, format }: Subject, bytes: Buffer, cuts: readonly number[] = []): Result | string {
  const rejected: string[] = [];
  const raws: string[] = [];
  try {
    const validator = createValidator(format, dataset, ({ line, reason, raw }) => {
      rejected.push(`${line}: ${reason}`);
      raws.push(raw.toString('latin1'));
    });
    const output = feed(validator, cut(bytes, cuts)).toString('latin1');
    const lines = output.split('\n').length - 1;
    if (lines !== validator.accepted) throw new Error(`${lines} lines for ${validator.accepted} accepted rows`);
    if (rejected.length !== validator.rejected) throw new Error('rejections that are not counted');
    return { output, rejected: [...rejected, ...raws] };
  } catch (error) {
    if (error instanceof UnreadableObjectError) return error.message;
    throw error;
  }
}

const count = (text: string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const [found] of text.matchAll(TOKEN)) counts.set(found, (counts.get(found) ?? 0) + 1);
  return counts;
};

/** Why a promise is broken, if one is. */
export function broken(subject: Subject, bytes: Buffer, cuts: readonly number[]): string | undefined {
  const whole = read(subject, bytes);
  if (JSON.stringify(read(subject, bytes, cuts)) !== JSON.stringify(whole)) return 'another answer when it is cut';
  if (typeof whole === 'string') return whole === '' ? 'a refusal without a reason' : undefined;
  const input = bytes.toString('latin1');
  const given = count(input);
  const accepted = count(whole.output);
  const answered = count(whole.output + whole.rejected.slice(whole.rejected.length / 2).join('\n'));
  const leftOut = count(subject.leavesOut(input));
  for (const [found, times] of given) {
    if ((answered.get(found) ?? 0) + (leftOut.get(found) ?? 0) < times) return `${found} is dropped`;
  }
  // An escape within a token makes a whole one of it.
  const unescaped = count(input.replaceAll('\\', ''));
  for (const [found, times] of accepted) {
    if (times > Math.max(given.get(found) ?? 0, unescaped.get(found) ?? 0)) return `${found} is doubled`;
  }
  return undefined;
}

/** Bytes that mean something in one format or another. */
const TELLING = [
  ...['{', '}', '[', ']', '"', "'", ',', ':', '\\', '\n', '\r', '\t', ' ', '#', '-', '0', '\0', '\x1e', '/', '\u00ef'],
].map((text) => text.charCodeAt(0));
TELLING.push(0xff, 0xc3, 0xed, 0xf0, 0x80);

/** Numbers that follow from a seed: xorshift, so that a failure can be made again. */
export function* numbers(seed: number): Generator<number, never> {
  let state = seed | 1;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

/** The bytes with one to four things done to them: a byte put, taken or changed, a part left out, repeated or moved. */
export function mutate(bytes: Buffer, next: () => number): Buffer {
  let mutated = bytes;
  for (let steps = 1 + (next() % 4); steps > 0; steps--) {
    const from = next() % (mutated.length + 1);
    const to = Math.min(mutated.length, from + (next() % (next() % 2 === 0 ? 4 : 60)));
    const [head, part, tail] = [mutated.subarray(0, from), mutated.subarray(from, to), mutated.subarray(to)];
    const telling = Buffer.of(TELLING[next() % TELLING.length] ?? 0);
    const choices = [
      [head, telling, part, tail],
      [head, telling, tail],
      [head, tail],
      [head, part, part, tail],
      [part, head, tail],
      [head],
      [head, Buffer.of(next() % 256), tail],
    ];
    mutated = Buffer.concat(choices[next() % choices.length] ?? []);
  }
  return mutated;
}
