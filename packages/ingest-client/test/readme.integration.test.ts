import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { folder, startRig } from '../../../ingest/test/gateway/support/rig';

const PROJECT = join(__dirname, '..', '..', '..');

test('the program of the README runs as it stands', async () => {
  const readme = readFileSync(join(PROJECT, 'ingest/README.md'), 'utf8');
  const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '');
  const [program = ''] = programs.filter((code) => code.includes('IngestClient'));
  expect(program).not.toBe('');
  const rig = await startRig();
  const work = folder();
  mkdirSync(join(work, 'lake', '.lake'), { recursive: true });
  writeFileSync(join(work, 'lake', '.lake', 'token'), `${rig.token}\n`);
  const file = join(work, 'program.mts');
  const here = program
    .replace('http://127.0.0.1:5001', rig.url)
    .replace("'./packages/ingest-client/src'", `'${PROJECT}/packages/ingest-client/src/index.ts'`);
  writeFileSync(file, here);
  const tsx = join(PROJECT, 'node_modules', '.bin', 'tsx');
  const { stderr } = await promisify(execFile)(tsx, [file], { cwd: work });
  expect(stderr).toBe('');
  expect(new Set(rig.events().map((event) => event.event_id)).size).toBe(1_000);
});
