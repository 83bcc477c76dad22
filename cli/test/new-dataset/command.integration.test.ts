import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyProject } from '../../../test/support/project-copy';
import { main } from '../../lake-main';
import { Terminal } from '../../terminal';
import { folderWith } from '../support/folder';

jest.setTimeout(300_000);

/** The lines of the page that say how to try it. */
function documented(): readonly (readonly string[])[] {
  const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'local-lake.md'), 'utf8');
  const [, block = ''] = /id="new-dataset"[\s\S]*?```sh\n([\s\S]*?)```/.exec(page) ?? [];
  return block
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
}

test('as the page says: what is written lies with the others, type-checks, is formatted, and takes the files', () => {
  const project = copyProject(folderWith());
  const files = folderWith({
    'a.json':
      '{"eventId":"a","createdAt":"2026-06-15T10:00:00Z","n":1}\n{"eventId":"b","createdAt":"2026-06-15T11:00:00Z"}\n',
  });
  const run = (command: string, ...args: readonly string[]): string =>
    execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: 'pipe' });
  const [propose, start] = documented();
  const inFolder = (line: readonly string[] = []) => line.slice(1).map((word) => word.replace('~/files', files));
  expect([propose?.[0], start?.[0]]).toEqual(['npm', 'npm']);
  expect(run('npm', ...inFolder(propose))).toMatch(
    /Accepts +2 of 2 rows \(100%\)[\s\S]*config\/datasets\/my_events\.ts/,
  );
  expect(run('npm', ...inFolder(start))).toContain('Account: 2 rows in = 2 out');
  const written = join('config', 'datasets', 'my_events.ts');
  expect(run('npx', 'biome', 'check', '--error-on-warnings', written)).toContain('Checked 1 file');
  run(
    'npx',
    'tsc',
    '--noEmit',
    '--ignoreConfig',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--skipLibCheck',
    written,
  );
});

test('a terminal is shown how far it is, and nothing else is', async () => {
  const folder = folderWith({
    'a.json': '{"id":1,"at":"2026-06-15T10:00:00Z"}\n',
    'b.json': '{"id":2,"at":"2026-06-16T10:00:00Z"}\n',
  });
  const written = async (isTTY: boolean): Promise<string> => {
    let text = '';
    const out = { write: (more: string) => (text += more), isTTY, columns: 80 };
    await main(['new-dataset', folder, '--out', join(folderWith(), 'x.ts')], new Terminal(out, { TERM: 'xterm' }));
    return text;
  };
  const shown = await written(true);
  expect(shown).toMatch(/\r.*Read +[█░]+ +\d+%/);
  expect(shown).toMatch(/\r.*Try +[█░]+ +\d+%/);
  expect(await written(false)).not.toMatch(/[\r█]/);
});
