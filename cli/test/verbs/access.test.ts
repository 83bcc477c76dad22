/** What a verb may do with a lake: only reading ones, until it changes something and `--yes` is given. */
import { join } from 'node:path';
import { BUCKETS, openLake } from '../../lake';
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
