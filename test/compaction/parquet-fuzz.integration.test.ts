/** Parquet that is broken: its rows are all right, or it is refused with a reason. Nothing crashes, hangs, or is dropped. */
import { rounds } from '../rows/fuzz-rounds';
import { type Node, writeParquet } from '../support/parquet/writer';
import { datasetOf, type Outcome, ParquetIntake } from './support/parquet-intake';

jest.setTimeout(600_000);

const COLUMNS: readonly Node[] = [
  { name: 'id', physical: 'INT64', repetition: 'required' },
  { name: 'note', physical: 'BYTE_ARRAY', annotation: { converted: 0 } },
  { name: 'x', physical: 'DOUBLE' },
];
const NOTES = ['plain', 'é漢', null, 'end'];
const ROWS = NOTES.map((note, n) => ({
  id: BigInt(n),
  note: note === null ? null : Buffer.from(note),
  x: n === 1 ? null : n / 4,
}));
const DATASET = datasetOf({ id: 'bigint!', note: 'string', x: 'double' });

let intake: ParquetIntake;
beforeAll(async () => {
  intake = await ParquetIntake.open();
});
afterAll(async () => {
  await intake.close();
});

/** Rows as they were, as texts column by column. */
const columnsOf = ({ rows }: Outcome): Record<string, string> =>
  Object.fromEntries(
    ['id', 'note', 'x'].map((name) => [name, JSON.stringify(rows.map((row) => String(row[name] ?? null)))]),
  );

/** Names of columns that have another value in some row. */
async function differing(bytes: Buffer, good: Outcome): Promise<readonly string[] | 'refused'> {
  const found = await intake.consume(DATASET, bytes);
  if (found.unreadable !== undefined) {
    expect(found.unreadable).not.toBe('');
    return 'refused';
  }
  // Each row is there once: accepted, or rejected with its reason.
  expect(found.rows.length + found.rejected.size).toBe(ROWS.length);
  if (found.rejected.size > 0)
    return [...new Set([...found.rejected.values()].map((reason) => reason.split(':')[0] ?? ''))];
  const [as, was] = [columnsOf(found), columnsOf(good)];
  return Object.keys(was).filter((name) => as[name] !== was[name]);
}

describe.each([
  ['plain', writeParquet(COLUMNS, ROWS)],
  ['with dictionaries', writeParquet(COLUMNS, ROWS, { dictionary: true })],
])('%s', (_, bytes) => {
  test('is accepted as it is', async () => {
    const good = await intake.consume(DATASET, bytes);
    expect([good.unreadable, good.rejected.size, good.rows.length]).toEqual([undefined, 0, ROWS.length]);
  });

  test('truncated at each byte, it is refused', async () => {
    for (let length = 0; length < bytes.length; length += 1) {
      const { unreadable } = await intake.consume(DATASET, bytes.subarray(0, length));
      expect([length, unreadable]).toEqual([length, expect.stringMatching(/./)]);
    }
  });

  // Pages of such files have no checksum: another byte of a value is another value, and nobody can tell. But it is no other row's.
  test('with each byte changed, it is refused, or differs in one column alone', async () => {
    const good = await intake.consume(DATASET, bytes);
    for (let at = 0; at < bytes.length; at += 1) {
      for (let round = 0; round < rounds(1, 8); round += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ (1 << ((at + round) % 8));
        const columns = await differing(changed, good);
        if (columns !== 'refused')
          expect([at, round, columns.length <= 1, columns]).toEqual([at, round, true, columns]);
      }
    }
  });
});
