/** The page of the presets: its blocks are datasets, its table has every function, and what it says of options is so. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { type DatasetDefinition, parseDataset } from '../../lib/dataset';
import * as presets from '../../lib/presets';
import { PROJECT, page, tableRows } from './pages';

const { text } = page('docs/your-data.md');
/** Blocks may be within a list. */
const blocks = [...text.matchAll(/^( *)```ts\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', code = '']) =>
  code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
);

const MADE: ReadonlyMap<string, unknown> = new Map(Object.entries(presets));

test('every block is a dataset that compiler and lake take', () => {
  expect(blocks.length).toBeGreaterThan(3);
  const parent = join(PROJECT, '.cache');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'your-data-'));
  try {
    // As deep in the project as config/datasets is.
    const names = blocks.map((code, index) => {
      const file = join(folder, `block_${index}.ts`);
      writeFileSync(file, code);
      return parseDataset((require(file) as { default: DatasetDefinition }).default).name;
    });
    expect(names).toEqual(['cloudtrail', 'clicks', 'customers', 'audit']);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        compilerOptions: { noEmit: true, rootDir: PROJECT },
        include: ['*.ts'],
      }),
    );
    execFileSync(join(PROJECT, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8', stdio: 'pipe' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the first is three lines', () => {
  expect(blocks[0]?.trimEnd().split('\n')).toHaveLength(3);
});

test('the table has every function, and what it shows of them is so', () => {
  const rows = tableRows(text, /^source\b/);
  const functions = rows.flatMap((cells) => [...(cells[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(functions.sort()).toEqual(Object.keys(presets).sort());
  const calls = rows.flatMap((cells) => [...(cells[2] ?? '').matchAll(/`(\w+)\((\{[^`]*\})\)`/g)]);
  expect(calls.length).toBeGreaterThan(3);
  for (const [, name = '', options = ''] of calls) {
    const given = runInNewContext(`(${options})`) as object;
    const make = MADE.get(name) as (options: object) => DatasetDefinition;
    // An option that does nothing is none.
    expect([name, make(given)]).not.toEqual([name, make({})]);
  }
});

test('the suffix path and the folder of a shipper are those of the presets', () => {
  expect(presets.cloudFront().input.layout?.replace('{distribution_id}', '{DistributionId}')).toBe(
    `${/suffix path `([^`]+)`/.exec(text)?.[1]}/`,
  );
  expect(text).toContain(`/raw/${presets.fluentBit().name}/%Y/%m/%d/`);
});
