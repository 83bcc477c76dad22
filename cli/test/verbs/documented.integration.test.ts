import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../lake-main';
import { KINDS } from '../../verbs/verify/finding';
import { folderWith } from '../support/folder';
import { captured } from '../support/run';
import { asJson, keptLake } from './support';

const PROJECT = join(__dirname, '../../..');
const PAGE = readFileSync(join(PROJECT, 'docs/commands.md'), 'utf8');
const COMMANDS = [...PAGE.matchAll(/^npm run lake -- (.+)$/gm)].map(([, line = '']) => line);
const OF_FOLDERS = COMMANDS.filter((line) => line.includes('--local lake'));

/** What stands in the first cells of the rows of a table, each in backticks. */
function rowsBelow(heading: string): string[] {
  const [, part = ''] = PAGE.split(`\n${heading}\n`);
  const [text = ''] = part.split(/\n##? /);
  return [...text.matchAll(/^\| (`[^|]+?`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name),
  );
}

async function verbs(): Promise<string[]> {
  const { output } = await captured((terminal) => main(['--help'], terminal));
  const names = [...output.matchAll(/^ {2}([\w-]+) {2,}/gm)].map(([, name = '']) => name);
  const helps = await Promise.all(
    names.map(async (name) => [name, (await captured((terminal) => main([name, '--help'], terminal))).output] as const),
  );
  return helps.filter(([, help]) => help.includes('--local DIR')).map(([name]) => name);
}

test('every verb is explained, and its fields are', async () => {
  const all = await verbs();
  expect(all).toContain('status');
  expect(rowsBelow('## Verbs').sort()).toEqual(all.sort());
  expect(rowsBelow('## JSON').sort()).toEqual(all);
});

test('`npx lake` is the same command', () => {
  const { status, stderr } = spawnSync('npx', ['lake', 'verfy'], { cwd: PROJECT, encoding: 'utf8' });
  expect([status, stderr]).toEqual([2, expect.stringContaining('verfy: there is no such command')]);
});

test('every finding is explained', () => {
  expect(rowsBelow('## Findings').sort()).toEqual([...KINDS].sort());
});

test.each(OF_FOLDERS)('npm run lake -- %s', async (line) => {
  const folder = await keptLake();
  const files = folderWith({ 'year=2026/month=06/day=16/a.json': '{}\n' });
  // Moments of the page are after the commits, which are of now.
  const later = new Date(Date.now() + 60_000).toISOString();
  const args = line
    .split(' ')
    .map((word) => ({ lake: folder, files })[word] ?? (/^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(word) ? later : word));
  const { code, output, errors } = await captured((terminal) => main(args, terminal));
  expect([0, 3]).toContain(code);
  expect(errors).toBe('');
  expect(output).not.toBe('');
  const [verb = ''] = args;
  const { answer } = await asJson(...args.filter((word) => word !== '--json'));
  const [, fields = ''] =
    new RegExp(`^\\| [^|]*\`${verb}\`[^|]* \\| (\`.+) \\|$`, 'm').exec(PAGE.split('\n## JSON\n')[1] ?? '') ?? [];
  const documented = new Set([...fields.matchAll(/`(\w+)(?:\[\])?`/g)].map(([, name]) => name));
  const { formatVersion, verb: named, lake, at, ...own } = answer;
  expect([formatVersion, named]).toEqual([1, verb]);
  expect([lake, at]).toEqual([{ local: folder }, expect.stringMatching(/Z$/)]);
  expect(Object.keys(own).filter((name) => !documented.has(name))).toEqual([]);
});
