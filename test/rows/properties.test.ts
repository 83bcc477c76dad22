import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DuckDBBlobValue,
  type DuckDBConnection,
  type DuckDBDateValue,
  type DuckDBDecimalValue,
  DuckDBInstance,
  type DuckDBListValue,
  type DuckDBMapValue,
  type DuckDBStructValue,
  type DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import fc from 'fast-check';
import type { ColumnType } from '../../lib/dataset/model';
import { CsvValidator, NdjsonValidator, readLinesSql, UnreadableObjectError } from '../../lib/rows';
import { EVERYTHING, lineText, mutation } from './arbitraries';
import { checkNdjson, cut, feed } from './helpers';
import { judge, type Plain } from './reference';

const RUNS = { seed: 20_260_615 };

const document = fc
  .tuple(
    fc.array(fc.oneof({ weight: 12, arbitrary: lineText }, fc.constantFrom('', ' \t', '\ufeff{"id":1}')), {
      maxLength: 8,
    }),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
  )
  .map(([lines, end, closed]) => Buffer.from(lines.join(end) + (closed ? end : '')));

/** The lines of a document as the reference model sees them: the byte order mark at the start is not data. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let from = bytes.subarray(0, 3).equals(Buffer.from('\ufeff')) ? 3 : 0;
  while (from < bytes.length) {
    const newline = bytes.indexOf(0x0a, from);
    const to = newline === -1 ? bytes.length : newline;
    lines.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return lines;
}

/** What a checker answers, or why it refuses the object as a whole. */
function outcome<T>(check: () => T): T | string {
  try {
    return check();
  } catch (error) {
    if (error instanceof UnreadableObjectError) return error.message;
    throw error;
  }
}

/** Whether a record may begin or end within a line: only then can lines be judged otherwise than one by one. */
const holdsRecords = (bytes: Buffer): boolean =>
  linesOf(bytes).some((line) => {
    const text = line.toString('latin1').trim();
    const isWhole = text.startsWith('{') && judge(EVERYTHING, line).kind === 'accepted';
    return !isWhole && text.startsWith('{') && (/[}\]][\s,]*[{[]/.test(text) || !isBalanced(text));
  });

/** Whether as many brackets close as open, strings left out. */
function isBalanced(text: string): boolean {
  const plain = text.replace(/"(?:[^"\\]|\\.)*"?/g, '');
  return plain.replace(/[^{[]/g, '').length === plain.replace(/[^}\]]/g, '').length;
}

describe('the row validator', () => {
  test('agrees with the reference model on which lines fit, whatever bytes are broken', () => {
    fc.assert(
      fc.property(document, mutation, (original, mutate) => {
        const bytes = mutate(original);
        const verdicts = linesOf(bytes).map((line) => judge(EVERYTHING, line).kind);
        const { output, rejected } = checkNdjson(EVERYTHING, [bytes]);
        const lines = new Set(rejected.map(({ line }) => line));
        // A line that does not fit is rejected, unless records stand in it otherwise than alone, or it is part of one.
        for (const [index, kind] of verdicts.entries()) {
          const isOther = holdsRecords(bytes) && kind === 'rejected';
          if (!isOther) expect([index + 1, lines.has(index + 1)]).toEqual([index + 1, kind === 'rejected']);
        }
        // What is rewritten is as good as what was written; and no record that fits as a line is missing.
        const accepted = linesOf(bytes)
          .map((line) => judge(EVERYTHING, line))
          .filter(({ kind }) => kind === 'accepted');
        const written = linesOf(output).map((line) => judge(EVERYTHING, line));
        if (!holdsRecords(bytes)) expect(written).toEqual(accepted);
        expect(written).toEqual(expect.arrayContaining(accepted));
      }),
      { ...RUNS, numRuns: 600 },
    );
  });

  test('gives the same bytes and rejections however the input is cut', () => {
    fc.assert(
      fc.property(document, mutation, fc.array(fc.nat({ max: 3000 }), { maxLength: 12 }), (original, mutate, cuts) => {
        const bytes = mutate(original);
        const whole = outcome(() => checkNdjson(EVERYTHING, [bytes]));
        expect(outcome(() => checkNdjson(EVERYTHING, cut(bytes, cuts)))).toEqual(whole);
      }),
      { ...RUNS, numRuns: 400 },
    );
  });

  test('throws nothing but UnreadableObjectError, whatever the bytes', () => {
    const dataset = { columns: EVERYTHING, input: { formats: ['csv' as const], csv: { delimiter: ',' } } };
    const csvText = fc.array(fc.constantFrom('id', ',', '"', '\n', '\r\n', '1', 'n', 'at', '""', ' ', '\0', '{', 'é'));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      csvText.map((parts) => Buffer.from(parts.join(''))),
      csvText.map((parts) => Buffer.from(`id,n\n${parts.join('')}`)),
    );
    fc.assert(
      fc.property(bytes, fc.array(fc.nat({ max: 200 }), { maxLength: 4 }), (input, cuts) => {
        for (const Checker of [NdjsonValidator, CsvValidator]) {
          try {
            feed(new Checker(dataset, () => undefined), cut(input, cuts));
          } catch (error) {
            expect(error).toBeInstanceOf(UnreadableObjectError);
          }
        }
      }),
      { ...RUNS, numRuns: 500 },
    );
  });
});

describe('DuckDB', () => {
  let connection: DuckDBConnection;
  const path = join(tmpdir(), `lines-${randomBytes(8).toString('hex')}.ndjson`);

  beforeAll(async () => {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    connection = await instance.connect();
  });

  afterAll(() => {
    connection.closeSync();
    rmSync(path, { force: true });
  });

  test('reads every accepted line, and exactly the values that the reference model says', async () => {
    const { columns, options, select } = readLinesSql({ columns: EVERYTHING });
    const sql = `SELECT ${select} FROM read_json(['${path}'], columns = ${columns}, ${options})`;
    let rows = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(lineText, { minLength: 150, maxLength: 150 }), async (lines) => {
        const { output } = checkNdjson(EVERYTHING, [Buffer.from(lines.join('\n'))]);
        writeFileSync(path, output);
        const expected = lines.flatMap((line) => {
          const verdict = judge(EVERYTHING, Buffer.from(line));
          return verdict.kind === 'accepted' ? [verdict.row] : [];
        });
        const result = await connection.runAndReadAll(sql);
        const actual = result
          .getRows()
          .map((row) => Object.fromEntries(EVERYTHING.map(({ name, type }, i) => [name, plain(type, row[i] ?? null)])));
        expect(actual).toEqual(expected);
        rows += actual.length;
      }),
      { ...RUNS, numRuns: 8, endOnFailure: true },
    );
    // Otherwise the generator makes nothing but rubbish.
    expect(rows).toBeGreaterThan(300);
  });
});

/** A value of DuckDB in the terms of the reference model. */
function plain(type: ColumnType, value: DuckDBValue): Plain {
  if (value === null) return null;
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return String(value);
    case 'decimal':
      return (value as DuckDBDecimalValue).value.toString();
    case 'date':
      return new Date((value as DuckDBDateValue).days * 86_400_000).toISOString().slice(0, 10);
    case 'timestamp':
      return Number((value as DuckDBTimestampValue).micros) / 1000;
    case 'binary':
      return Buffer.from((value as DuckDBBlobValue).bytes).toString('hex');
    case 'array':
      return (value as DuckDBListValue).items.map((item) => plain(type.element, item));
    case 'struct': {
      const { entries } = value as DuckDBStructValue;
      return Object.fromEntries(
        type.fields.map((field) => [field.name, plain(field.type, entries[field.name] ?? null)]),
      );
    }
    case 'map': {
      const { entries } = value as DuckDBMapValue;
      return new Map(entries.map((entry) => [String(entry.key), plain(type.value, entry.value)]));
    }
    default:
      return value as Plain;
  }
}
