/** What a verb may do with a lake: only reading ones, until it changes something and `--yes` is given. */
import { join } from 'node:path';
import { BUCKETS, openLake } from '../../lake';
import { Terminal } from '../../terminal';
import { run as status } from '../../verbs/status/verb';
import { verb } from '../../verbs/verb';
import { folderWith } from '../support/folder';
import { captured } from '../support/run';

async function emptyLake(): Promise<string> {
  const folder = join(folderWith(), 'lake');
  await (await openLake(folder)).close();
  return folder;
}

const writing = (changes: boolean) =>
  verb({
    name: 'writing',
    about: 'Writes, whether it may or not.',
    flags: {},
    changes,
    async run({ lake, mayChange }) {
      await lake.store.put(BUCKETS.raw, 'raw/x', Buffer.from('x'));
      return { code: 1, json: { mayChange, unknown: undefined, inside: { unknown: undefined } }, print() {} };
    },
  });

test.each([
  ['only reads', false, []],
  ['changes something, without --yes', true, []],
])('a verb that %s cannot write', async (_, changes, more) => {
  const folder = await emptyLake();
  await expect(captured((terminal) => writing(changes)(['--local', folder, ...more], terminal))).rejects.toThrow(
    'This command only reads, but got S3 PutObject.',
  );
  // It has let go of the folder all the same.
  await (await openLake(folder)).close();
});

test('with --yes it can; its JSON names the lake and says what is not known, and its code is the exit code', async () => {
  const folder = await emptyLake();
  const before = Date.now();
  const { code, output } = await captured((terminal) =>
    writing(true)(['--local', folder, '--yes', '--json'], terminal),
  );
  expect(code).toBe(1);
  const { at, ...answer } = JSON.parse(output);
  expect(answer).toEqual({
    formatVersion: 1,
    verb: 'writing',
    lake: { local: folder },
    mayChange: true,
    unknown: null,
    inside: { unknown: null },
  });
  expect(Date.parse(at)).toBeGreaterThanOrEqual(before);
});

test('--watch shows it again every ten seconds, until it is interrupted', async () => {
  const folder = await emptyLake();
  const waits: number[] = [];
  const original = setTimeout;
  const timer = jest.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, millis?: number) => {
    if (millis !== 10_000) return original(work, millis);
    waits.push(millis);
    if (waits.length === 2) throw new Error('interrupted');
    return original(work, 0);
  }) as typeof setTimeout);
  let text = '';
  const terminal = new Terminal({ write: (more: string) => (text += more) }, {});
  try {
    await expect(status(['--local', folder, '--dataset', 'orders', '--watch'], terminal)).rejects.toThrow(
      'interrupted',
    );
  } finally {
    timer.mockRestore();
  }
  const once = 'orders: nothing waits; 0 files, 0 B; 0 rows and 0 objects in quarantine\n\n';
  expect(text).toBe(`${once}\n${once}`);
  expect(waits).toEqual([10_000, 10_000]);
});
