/** Files as the formatter and the linter of the project leave them. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith } from '../support/folder';
import { proposeFor } from './support';

jest.setTimeout(240_000);

const PROJECT = join(__dirname, '..', '..', '..');
const many = <T>(of: (n: number) => T): T[] => Array.from({ length: 120 }, (_, n) => of(n));
const at = (n: number): string => `2026-06-15T10:${String(n % 60).padStart(2, '0')}:00Z`;
const long = 'a_name_of_a_member_that_goes_on_and_on_'.repeat(4);

/** Samples by the kind of file that is written for them. */
const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a long pattern of a known form': {
    'a.log': many((n) => `<34>1 ${at(n)} host su - ID47 - failed ${n}\n`).join(''),
  },
  'a pattern made of the lines': {
    'a.log': many(
      (n) =>
        `host-${n} [${at(n)}] client=10.0.0.${n} "GET /x" status=200 bytes=${n} upstream=web-1 request="a b" trace=${n}\n`,
    ).join(''),
  },
  'a short pattern': { 'a.log': many((n) => `${at(n)} ${n}\n`).join('') },
  'JSON with long names': {
    'a.json': `{"ts":"${at(1)}","${long}":1,"o":{"${long}":"x","select":2},"it's \\"x\\"":1}\n`,
  },
  'an envelope': { 'a.json': `{"detail":{"${long}":"y","rows":[{"id":1,"at":"${at(1)}"},{"id":2,"at":"${at(2)}"}]}}` },
  'delimited text without a header': {
    'a.csv': many((n) => `${Array(20).fill(n).join('|')}|NULL|${at(n)}\n`).join(''),
  },
  'folders with keys': Object.fromEntries(
    many((n) => [
      `tenant=some-longer-name-of-a-tenant-${n % 9}/year=2026/month=06/day=15/${n}.json`,
      `{"id":${n},"at":"${at(n)}"}\n`,
    ]),
  ),
  'changes of a table': { 'a.csv': `Op,ID,Name,Changed\n${many((n) => `I,${n},x,2026-06-15 10:00:00\n`).join('')}` },
  Firehose: {
    '2026/06/15/10/clicks-1-2026-06-15-10-00-00-0b8ff5e6': many((n) => `{"id":${n},"at":"${at(n)}"}`).join(''),
  },
  'a preset': { 'flow.log': `start srcaddr vpc-id\n${many((n) => `178151760${n % 10} 10.0.0.1 vpc-1\n`).join('')}` },
  'a preset with an organization': {
    'AWSLogs/o-abc123example/111122223333/CloudTrail/us-east-1/2026/06/15/a': `{"Records":[{"eventVersion":"1.11","eventTime":"${at(1)}","eventID":"e"}]}`,
  },
};

test('biome finds nothing in files of every kind', async () => {
  const settings = JSON.parse(readFileSync(join(PROJECT, 'biome.json'), 'utf8')) as Record<string, unknown>;
  const folder = folderWith({
    'biome.json': JSON.stringify({ ...settings, $schema: undefined, vcs: undefined, files: undefined }),
    'datasets/x.md': '',
  });
  for (const [index, files] of Object.values(KINDS).entries()) {
    const { text } = await proposeFor(folderWith(files));
    writeFileSync(join(folder, 'datasets', `d${index}.ts`), text);
  }
  const biome = join(PROJECT, 'node_modules', '.bin', 'biome');
  const run = (): string =>
    execFileSync(biome, ['check', '--error-on-warnings', '--colors=off', 'datasets'], {
      cwd: folder,
      encoding: 'utf8',
    });
  expect(run()).toContain(`Checked ${Object.keys(KINDS).length} files`);
});
