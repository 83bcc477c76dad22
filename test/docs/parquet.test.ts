import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFooter } from '../../lambda/compaction/engine/parquet/footer';
import type { Found } from '../../lambda/compaction/engine/parquet/found';
import { ruleFor } from '../../lambda/compaction/engine/parquet/rules';
import { fileSchema } from '../../lambda/compaction/engine/parquet/schema';
import { SCALARS, SOURCES, type Source } from '../compaction/support/parquet-sources';
import { writeParquet } from '../support/parquet/writer';
import { read } from './pages';

const COLUMNS: readonly (readonly [heading: string, kinds: readonly string[]])[] = [
  ['boolean', ['boolean']],
  ['integers', ['tinyint', 'smallint', 'int', 'bigint']],
  ...['float', 'double', 'decimal', 'string', 'date', 'timestamp', 'binary'].map((kind) => [kind, [kind]] as const),
];

async function foundFor({ leaf }: Source): Promise<Found> {
  const folder = mkdtempSync(join(tmpdir(), 'guide-'));
  try {
    writeFileSync(join(folder, 'x'), writeParquet([{ name: 'v', ...leaf }], []));
    const [node] = fileSchema((await readFooter(join(folder, 'x'))).elements, 'as text').columns;
    if (node?.shape !== 'value') throw new Error('not a single value');
    return node.found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One cell: what the rules say of all types of a column; of `exact` and a condition, the condition. */
function cell(found: Found, kinds: readonly string[]): string {
  const hows = SCALARS.filter(({ kind }) => kinds.includes(kind)).map((type) => ruleFor(found, type, 'x', true)?.how);
  const distinct = [...new Set(hows)].filter((how) => how !== 'exact');
  if (distinct.length === 0) return 'exact';
  return distinct.map((how) => how ?? '–').join(', ');
}

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^DECIMAL\(40/, '`DECIMAL` of more than 38 digits'],
  [/^DECIMAL/, '`DECIMAL` of any physical type'],
  [/^a later type$/, 'types that are newer than this table'],
  [/^(DATE on INT64|STRING on INT32)$/, 'an annotation on a physical type that it is not for'],
  [/^STRING on fixed bytes$/, '`STRING`'],
  [/^TIMESTAMP\((\w+)/, '`TIMESTAMP($1)`'],
  [/^/, '`$0`'],
];

function documentedName(name: string): string {
  const [pattern, text] = NAMES.find(([candidate]) => candidate.test(name)) as (typeof NAMES)[number];
  return text.replace('$0', name).replace('$1', pattern.exec(name)?.[1] ?? '');
}

/** The table of the guide: types of Parquet that are treated alike share a row. */
async function table(): Promise<string> {
  const rows = new Map<string, string[]>();
  for (const source of SOURCES) {
    const found = await foundFor(source);
    const name = documentedName(source.name);
    const cells = COLUMNS.map(([, kinds]) => cell(found, kinds)).join(' | ');
    rows.set(cells, [...new Set([...(rows.get(cells) ?? []), name])]);
  }
  const head = `| in the file | ${COLUMNS.map(([heading]) => heading).join(' | ')} |\n|${'---|'.repeat(COLUMNS.length + 1)}`;
  return [head, ...[...rows].map(([cells, names]) => `| ${names.join(', ')} | ${cells} |`)].join('\n');
}

test('the table of Parquet types is what the rules say', async () => {
  const input = read('docs/input.md');
  const [, text = ''] =
    /<!-- parquet types begin[^>]*-->\n\n([\s\S]*?)\n\n<!-- parquet types end -->/.exec(input) ?? [];
  expect(text).toBe(await table());
});
