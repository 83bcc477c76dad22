import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotRun } from '../../tools/errors';
import { type PythonTool, pythonEnvironment, requirementsOf } from '../../tools/python';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'python-'));
  jest.spyOn(console, 'log').mockImplementation();
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  jest.restoreAllMocks();
});

/** Stands in for Python: says its version, notes other calls, and makes environments whose own Python is the same program. */
function fakePython(pip = 'exit 0', version = '3.11.7'): string {
  const program = join(folder, `python-${version}`);
  writeFileSync(
    program,
    `#!/bin/sh
[ "$1" = -c ] && { echo ${version}; exit; }
echo "$2" >> ${join(folder, 'calls')}
[ "$2" = venv ] && { mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; exit; }
${pip}
`,
  );
  chmodSync(program, 0o755);
  return program;
}

const calls = (): string[] => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
const kept = (): string[] => readdirSync(join(folder, 'python'));
const tool = (more: Partial<PythonTool> = {}): PythonTool => ({
  name: 'tool',
  requirements: ['tool==1.2.3'],
  folder,
  ...more,
});

test('installs once, and again for other versions of packages or Python', async () => {
  const python = fakePython();
  const first = await pythonEnvironment(tool({ python }));
  expect(await pythonEnvironment(tool({ python }))).toEqual(first);
  expect(calls()).toEqual(['venv', 'pip']);

  const second = await pythonEnvironment(tool({ python, requirements: ['tool==1.2.4'] }));
  expect(second.bin).not.toBe(first.bin);
  const third = await pythonEnvironment(tool({ python: fakePython('exit 0', '3.12.0') }));
  expect(third.bin).not.toBe(first.bin);
  expect(calls()).toEqual(['venv', 'pip', 'venv', 'pip', 'venv', 'pip']);
});

test('two at once end with one, and the other leaves nothing', async () => {
  const python = fakePython('sleep 0.3');
  const [one, other] = await Promise.all([pythonEnvironment(tool({ python })), pythonEnvironment(tool({ python }))]);
  expect(one).toEqual(other);
  expect(existsSync(one.python)).toBe(true);
  expect(kept()).toHaveLength(2); // the link and its folder
});

test('an installation that failed is reported in full, leaves nothing, and is repeated', async () => {
  const broken = tool({ python: fakePython('echo "no such version" >&2; exit 3') });
  await expect(pythonEnvironment(broken)).rejects.toThrow(/pip could not install tool: ended with 3\nno such version/);
  expect(kept()).toEqual([]);
  await pythonEnvironment(tool({ python: fakePython() }));
  expect(kept()).toHaveLength(2);
});

test('a missing or old Python is reported in plain words', async () => {
  const python = join(folder, 'nowhere');
  await expect(pythonEnvironment(tool({ python }))).rejects.toThrow(
    new CannotRun(`${python} was not found or does not start. Install Python 3.10 or newer and put it on the PATH.`),
  );
  await expect(pythonEnvironment(tool({ python: fakePython('exit 0', '3.9.2') }))).rejects.toThrow(
    'is Python 3.9.2, but Python 3.10 or newer is needed.',
  );
});

test.each(['tool', 'tool>=1', 'tool==1.*', '-r other.txt', 'tool @ file:///x'])('refuses %j', async (line) => {
  await expect(pythonEnvironment(tool({ requirements: [line] }))).rejects.toThrow(
    `write '${line}' with its exact version`,
  );
});

test('the pins of the emulator are exact', async () => {
  const requirements = requirementsOf(join(__dirname, '../../emulator/requirements.txt'));
  expect(requirements).toContain('ministack==1.5.33');
  await expect(pythonEnvironment(tool({ requirements, python: fakePython() }))).resolves.toBeDefined();
});
