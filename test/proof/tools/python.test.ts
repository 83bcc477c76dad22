import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentFolder, type PythonTool, pythonEnvironment } from '../../../proof/tools/python';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'python-'));
  jest.spyOn(console, 'log').mockImplementation();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  jest.restoreAllMocks();
});

/** A Python that notes each call and makes environments whose own Python is the same program. */
function fakePython(installs = 'exit 0'): string {
  const program = join(folder, 'python3');
  const log = join(folder, 'calls');
  writeFileSync(
    program,
    `#!/bin/sh\necho "$2" >> ${log}\nif [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; exit; fi\n${installs}\n`,
  );
  chmodSync(program, 0o755);
  return program;
}

const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
const tool = (more: Partial<PythonTool> = {}): PythonTool => ({
  name: 'tool',
  requirements: ['tool==1.2.3'],
  folder,
  ...more,
});

test('installs once, and again for other versions', async () => {
  const python = fakePython();
  const first = await pythonEnvironment(tool({ python }));
  expect(await pythonEnvironment(tool({ python }))).toEqual(first);
  expect(calls()).toEqual(['venv', 'pip']);

  const second = await pythonEnvironment(tool({ python, requirements: ['tool==1.2.4'] }));
  expect(second.bin).not.toBe(first.bin);
  expect(calls()).toEqual(['venv', 'pip', 'venv', 'pip']);
});

test('an installation that failed is told whole, and made anew', async () => {
  const broken = tool({ python: fakePython('echo "no such version" >&2; exit 3') });
  await expect(pythonEnvironment(broken)).rejects.toThrow(
    /pip could not install tool: .* ended with 3\nno such version/,
  );
  await pythonEnvironment(tool({ python: fakePython() }));
  expect(existsSync(join(environmentFolder(broken), 'complete'))).toBe(true);
});

test('says when there is no Python', async () => {
  await expect(pythonEnvironment(tool({ python: join(folder, 'nowhere') }))).rejects.toThrow(
    /Python 3 with its venv module is needed: .*nowhere.*ENOENT/,
  );
});

test.each(['tool', 'tool>=1', 'tool==1.*', '-r other.txt', 'tool @ file:///x'])('refuses %j', async (line) => {
  await expect(pythonEnvironment(tool({ requirements: [line] }))).rejects.toThrow(
    `write '${line}' with its exact version`,
  );
});
