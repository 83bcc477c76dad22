import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '../../lib/dataset';
import { parseStage } from '../../lib/settings';
import { datasets } from '../../test/fixtures/datasets';
import { UsageError } from '../command-line';
import { diff } from '../diff/diff';
import { Terminal } from '../terminal';

let folder: string;
let file: string;
let text: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'diff-'));
  file = join(folder, 'baseline.json');
  text = '';
});
afterEach(() => rmSync(folder, { recursive: true }));

const STAGES = [parseStage({ name: 'dev' }), parseStage({ name: 'prod', schemaChanges: 'strict' })];

const run = (today: readonly Dataset[], ...args: string[]): Promise<number> =>
  diff(['--baseline', file, ...args], new Terminal({ write: (part) => (text += part) }, {}), today, () => STAGES);

const [first, ...rest] = datasets as readonly [Dataset, ...Dataset[]];
const changed = (change: Partial<Dataset>): readonly Dataset[] => [{ ...first, ...change }, ...rest];
const SAFE = changed({ compaction: { ...first.compaction, codec: 'zstd' } });
const CARE = changed({ partition: { ...first.partition, to: '2026-01-02' } });
const REFUSED = rest;

test('what is written is what there is', async () => {
  expect(await run(datasets, '--write')).toBe(0);
  expect(text).toContain('commit it');
  expect(readFileSync(file, 'utf8')).toMatch(/^\{\n {2}"formatVersion": 1,\n[\s\S]*\}\n$/);
  expect(await run(datasets, '--policy', 'strict')).toBe(0);
  expect(text).toContain('Nothing changed');
});

test.each([
  ['safe', SAFE, 0, 0],
  ['needs care', CARE, 0, 1],
  ['refused', REFUSED, 1, 1],
])('what is %s: the exit code of each policy', async (word, today, evolve, strict) => {
  await run(datasets, '--write');
  expect(await run(today)).toBe(evolve);
  expect(await run(today, '--policy=strict')).toBe(strict);
  expect(text).toMatch(new RegExp(`^${word} +${first.name}`, 'm'));
  expect(text).not.toMatch(/`|\*\*/);
});

test.each([
  ['dev', 0],
  ['prod', 1],
])('the policy of stage %s counts, unless another is written', async (stage, code) => {
  await run(datasets, '--write');
  expect(await run(CARE, '--stage', stage)).toBe(code);
  expect(await run(CARE, '--stage', stage, '--policy', 'evolve')).toBe(0);
  expect(await run(CARE, '--stage', stage, '--policy', 'strict')).toBe(1);
});

test('JSON says the same for programs', async () => {
  await run(datasets, '--write');
  text = '';
  expect(await run(CARE, '--json', '--policy', 'strict')).toBe(1);
  expect(JSON.parse(text)).toMatchObject({
    formatVersion: 1,
    policy: 'strict',
    isAllowed: false,
    changes: [
      {
        dataset: first.name,
        subject: 'partition.to',
        rule: 'range-narrowed',
        class: 'care',
        from: first.partition.to,
        to: '2026-01-02',
        effect: 'rows outside become invisible, but are not deleted',
      },
    ],
  });
});

test.each([
  ['no file', undefined, 'does not exist'],
  ['no JSON', '{', 'is not JSON'],
  ['an empty file', '', 'is not JSON'],
  ['null', 'null', 'has formatVersion undefined, not 1'],
  ['a later format', '{"formatVersion":2,"datasets":[]}', 'has formatVersion 2, not 1'],
  ['no datasets', '{"formatVersion":1}', 'holds no datasets'],
  ['other things', '{"formatVersion":1,"datasets":[null]}', 'holds no datasets'],
  ['definitions', '{"formatVersion":1,"datasets":[{"name":"a","columns":[]}]}', 'holds no datasets'],
])('a baseline that is %s is refused with the fix', async (_, content, problem) => {
  if (content !== undefined) writeFileSync(file, content);
  await expect(run(datasets)).rejects.toThrow(UsageError);
  await expect(run(datasets)).rejects.toThrow(problem);
  await expect(run(datasets)).rejects.toThrow('npm run lake -- diff --write');
});

test.each([
  [['--policy', 'lenient'], '"lenient" is no policy'],
  [['--write', '--json'], 'it compares nothing'],
  [['--polcy', 'strict'], 'write --policy'],
  [['--stage', 'prodd'], 'write prod'],
  [['--assembly', 'cdk.out'], 'a baseline holds no templates'],
])('%j is refused', async (args, problem) => {
  await run(datasets, '--write');
  await expect(run(datasets, ...args)).rejects.toThrow(problem);
});

test('help names policies and exit codes', async () => {
  expect(await run(datasets, '--help')).toBe(0);
  expect(text).toMatch(/strict[\s\S]*Exit code: 0/);
});
