/** What may be a key of an erase, and which rows it finds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { erasedSql } from '../../../lambda/compaction/engine/erasure-sql';
import { newErasure } from '../../../lambda/compaction/protocol/erasures';
import { dataset } from '../../../test/dataset/helpers';
import { KeyText } from '../../verbs/erase/key-text';
import { erasedKeys, readKeys } from '../../verbs/erase/keys';

const events = dataset({
  columns: [
    { name: 'event_time', type: 'timestamp', notNull: true },
    { name: 'actor', type: 'struct<id:string,n:int>' },
    { name: 'n', type: 'bigint' },
    { name: 'price', type: 'decimal(9,2)' },
    { name: 'zero', type: 'decimal(9,2)' },
    { name: 'below', type: 'decimal(9,2)' },
    { name: 'blank', type: 'string' },
    { name: 'whole', type: 'decimal(9,0)' },
    { name: 'born', type: 'date' },
    { name: 'name', type: 'string' },
    { name: 'list', type: 'array<string>' },
  ],
  eventTime: 'event_time',
});

const ROW = `SELECT TIMESTAMP '2026-06-15 10:00:00' AS event_time, {id: 'A1b2c3d4-0000-4000-8000-00000000000F', n: 7} AS actor,
  42::BIGINT AS n, 19.90::DECIMAL(9,2) AS price, 12::DECIMAL(9,0) AS whole,
  0::DECIMAL(9,2) AS zero, -0.5::DECIMAL(9,2) AS below, NULL::VARCHAR AS blank, DATE '2026-06-15' AS born, 'it''s "ä"' AS name`;

/** Whether an erase finds the row; whoever leaves out what was erased, by digests, must find the same. */
async function finds(column: string, ...values: string[]): Promise<boolean> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    const { sql, texts } = erasedKeys(events, column, values);
    const erasure = newErasure(texts, values, { column, partition: null, from: null, to: null, began: '' });
    const later = erasedSql({ dataset: events, partition: '' }, [erasure]);
    const count = async (condition: string): Promise<unknown> => {
      const found = await connection.runAndReadAll(`SELECT count(*)::INT AS n FROM (${ROW}) WHERE ${condition}`);
      return found.getRowObjects()[0]?.n;
    };
    expect(await count(later)).toBe(await count(sql.condition));
    expect(await count(`NOT (${later})`)).toBe(1 - Number(await count(later)));
    return (await count(sql.condition)) === 1;
  } finally {
    connection.closeSync();
  }
}

test.each([
  ['actor.id', 'a1B2c3d4-0000-4000-8000-00000000000f'],
  ['actor.n', '7'],
  ['n', '42'],
  ['price', '19.9'],
  ['price', '19.9000'],
  ['price', '0019.9'],
  ['zero', '0'],
  ['zero', '-0.00'],
  ['below', '-0.5'],
  ['below', '-0.50'],
  ['whole', '0012'],
  ['n', '00042'],
  ['whole', '12'],
  ['whole', '12.0'],
  ['born', '2026-06-15'],
  ['event_time', '2026-06-15T12:00:00+02:00'],
  ['name', 'it\'s "ä"'],
])('%s: %s finds its row', async (column, value) => {
  await expect(finds(column, value)).resolves.toBe(true);
});

test.each([
  ['actor.id', 'a1b2c3d4'],
  ['n', '43'],
  ['n', '9223372036854775807'],
  ['price', '19.91'],
  ['blank', 'NULL'],
  ['blank', ''],
  ['born', '2026-06-16'],
  ['event_time', '2026-06-15T10:00:00.001Z'],
  ['name', 'IT\'S "ä"'],
])('%s: %s finds no row', async (column, value) => {
  await expect(finds(column, value)).resolves.toBe(false);
});

test.each([
  ['n', '4.2', 'not a whole number'],
  ['price', '19.901', 'not a decimal(9,2)'],
  ['price', '12345678.00', 'not a decimal(9,2)'],
  ['price', '1.2.3', 'not a decimal(9,2)'],
  ['price', '.5', 'not a decimal(9,2)'],
  ['whole', '1.5', 'not a decimal(9,0)'],
  ['born', '2026-02-30x', 'not a date'],
  ['event_time', '2026-06-15', 'not a time'],
  ['list', 'x', 'cannot be a key'],
  ['actor', 'x', 'cannot be a key'],
  ['actor.name', 'x', 'no column'],
  ['n.x', '1', 'is not in a struct'],
])('%s: %s is refused: %s', (column, value, problem) => {
  expect(() => erasedKeys(events, column, [value])).toThrow(problem);
});

test('a file of keys: JSON, CSV and bare texts, one a line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  try {
    const file = join(folder, 'keys');
    writeFileSync(file, '\uFEFFplain\r\n"with \\"json\\""\n"with ""csv"""\n\n42\n');
    expect(await readKeys(file)).toEqual(['plain', 'with "json"', 'with "csv"', '42']);
    for (const line of ['{"id":1}', '["a"]', 'null', '"open']) {
      writeFileSync(file, `fine\n${line}\n`);
      await expect(readKeys(file)).rejects.toThrow('line 2 of');
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['ab', 'x,ab,y'],
  ['ab', 'ab'],
  ['a"b', '{"k":"a\\"b"}'],
  ['a"b', 'x,"a""b",y'],
  ['é', '{"k":"\\u00e9"}'],
  ['a b', '"a b",'],
  ['A1B2C3D4-0000-4000-8000-00000000000F', '"a1b2c3d4-0000-4000-8000-00000000000f"'],
  ['+49', 'tel:+49;'],
  ['😀', 'x 😀'],
])('%s stands in %s', (key, text) => {
  expect(new KeyText(['other', key]).isIn(text)).toBe(true);
});

test.each([
  ['ab', 'abc'],
  ['ab', 'éab'],
  ['ab', 'ab_1'],
  ['ab', 'AB'],
  ['10.0.0.1', '10.0.0.12'],
  ['ab', '𝒜ab'],
  ['', 'x'],
])('%s does not stand in %s', (key, text) => {
  expect(new KeyText(['other', key]).isIn(text)).toBe(false);
});

test('ten thousand keys are found in many lines in no time', () => {
  const text = new KeyText(Array.from({ length: 10_000 }, (_, index) => `user-${index}@example.com`));
  const line = (user: string): string => `{"id":"${'x-'.repeat(200)}","user":"${user}"}`;
  const lines = Array.from({ length: 2_000 }, (_, index) => line(`user-${index}@example.org`));
  expect(lines.filter((one) => text.isIn(one))).toEqual([]);
  expect(text.isIn(line('user-9999@example.com'))).toBe(true);
});
