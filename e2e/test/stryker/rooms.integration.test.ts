import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationOf } from '../../stryker/configuration';
import { EQUIVALENTS } from '../../stryker/equivalents';
import { describe as describeEntry } from '../../stryker/report';
import { filesOf, LEFT_OUT, ROOMS } from '../../stryker/rooms';
import { PROJECT_ROOT } from '../../tools/project';
import { projectFiles } from '../../tools/sources';

const read = (file: string): string => readFileSync(join(PROJECT_ROOT, file), 'utf8');

// Git is asked once for each room, and once for all suites.
const inRooms = ROOMS.flatMap((room) => filesOf(room));
const tests = projectFiles(':(glob)**/*.test.ts');

/** The suites that a room names; a star stands for a part of a name. */
const suitesOf = (named: string): readonly string[] => {
  const [head = '', tail] = named.split('*');
  if (tail === undefined) return tests.filter((file) => file === named);
  const isMeant = (file: string): boolean =>
    file.startsWith(head) && file.endsWith(tail) && !file.slice(head.length, -tail.length).includes('/');
  return tests.filter((file) => isMeant(file) && LEFT_OUT[file] === undefined);
};

test('every file of client, gateway, compaction and datasets is in one room', () => {
  const wanted = projectFiles(
    'ingest/gateway',
    'lambda',
    'lib/dataset',
    'lib/iceberg',
    'lib/rows',
    'packages/ingest-client/src',
  ).filter((file) => file.endsWith('.ts'));
  expect([...inRooms].sort()).toEqual([...wanted].sort());
});

test.each(ROOMS)('$name: every suite that it names is there', ({ suites }) => {
  expect(suites.filter((suite) => suitesOf(suite).length === 0)).toEqual([]);
});

test('every suite about the code of the rooms is in one, or left out with a reason', () => {
  const named = new Set(ROOMS.flatMap(({ suites }) => suites.flatMap(suitesOf)));
  const all = projectFiles(
    'ingest/test/gateway',
    'packages/ingest-client/test',
    'test/compaction',
    'test/dataset',
    'test/iceberg',
    'test/rows',
  ).filter((file) => file.endsWith('.test.ts'));
  expect(all.filter((file) => !named.has(file)).sort()).toEqual(Object.keys(LEFT_OUT).sort());
});

test.each(ROOMS)('$name: is run every night', ({ name }) => {
  const workflow = read('.github/workflows/mutation.yml');
  expect(workflow).toContain('schedule:');
  expect(workflow).toMatch(new RegExp(`^ +- ${name}(?: #.*)?$`, 'm'));
});

test('no other room is run every night', () => {
  const matrix = /^ +room:\n((?: +- .*\n)+)/m.exec(read('.github/workflows/mutation.yml'))?.[1] ?? '';
  const names = [...matrix.matchAll(/- ([\w-]+)/g)].map(([, name]) => name);
  expect(names.sort()).toEqual(ROOMS.map(({ name }) => name).sort());
});

test('every kind of mutant is made, static ones too', () => {
  const [room] = ROOMS;
  const results = { json: 'a', html: 'b', incremental: 'c' };
  const run = { room: room as (typeof ROOMS)[number], folder: '/f', files: [], concurrency: 1, results };
  const configuration = configurationOf({ ...run, isIncremental: false });
  expect(configuration).not.toHaveProperty('mutator');
  expect(configuration).not.toHaveProperty('ignoreStatic');
  expect(configuration).not.toHaveProperty('ignorers');
});

describe('the list of equivalent mutants', () => {
  test('matches the code, and says why', () => {
    for (const entry of EQUIVALENTS) {
      const { file, text, original, why } = entry;
      const lines = read(file).split('\n');
      const first = lines.findIndex((line) => line.trim() === text);
      expect([describeEntry(entry), first >= 0]).toEqual([describeEntry(entry), true]);
      expect(lines.slice(first).join('\n').replace(/\s+/g, ' ')).toContain(original);
      expect(why.length).toBeGreaterThan(20);
      expect(inRooms).toContain(file);
    }
  });

  test('has each once', () => {
    const keys = EQUIVALENTS.map(describeEntry);
    expect(keys).toEqual([...new Set(keys)]);
  });
});
