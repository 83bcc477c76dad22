/** How commands fail: what is told, with which exit code, and what is refused before anything begins. */
import { join } from 'node:path';
import { ProblemsError } from '../../lib/dataset/problems';
import { ExpectedError, readWholeNumber, runCommand, UsageError } from '../command-line';
import { asListenMistake, messageOf, tellFailure } from '../failure';
import { folderWith } from './support/folder';
import { start } from './support/run';

function told(error: unknown, command = 'npm start'): readonly [code: number, text: string] {
  let text = '';
  const code = tellFailure(error, command, { write: (more) => (text += more) });
  return [code, text];
}

const usage = new UsageError('--rows', 'is wrong', 'write 1');

test('a mistake of use is exit code 2, and says where the help is', () => {
  const [code, text] = told(usage);
  expect(code).toBe(2);
  expect(text).toMatch(/--rows: is wrong\n\s+fix: write 1\nTry npm start -- --help\n$/);
  expect(told(usage, 'npm run lake -- plan')[1]).toMatch(/\nTry npm run lake -- plan --help\n$/);
});

test('mistakes in files are exit code 2, without help', () => {
  const error = new ProblemsError([{ file: 'a.ts', subject: 's', problem: 'p', fix: 'f' }], 'the configuration');
  const [code, text] = told(error);
  expect(code).toBe(2);
  expect(text).not.toContain('--help');
});

test.each([1, 2] as const)('what a user can correct is its message, with exit code %i', (code) => {
  expect(told(new ExpectedError('no room\u001b[31m', code))).toEqual([code, 'no room\\u001b[31m\n']);
});

test('what the system refuses is a message, and a bug is its stack', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { syscall: 'write' });
  expect(told(full)).toEqual([1, 'ENOSPC: no space left on device, write\n']);
  const ofServer = Object.assign(new Error('Internal'), { Reason: 'ENOSPC: no space', Resource: '/raw/x' });
  expect(told(ofServer)).toEqual([1, '/raw/x of the local lake: ENOSPC: no space\n']);
  const [code, text] = told(new Error('a bug'));
  expect(code).toBe(1);
  expect(text).toMatch(/^Error: a bug\n {4}at /);
  expect(told('thrown')).toEqual([1, 'thrown\n']);
  expect([messageOf(new Error('m')), messageOf('thrown'), messageOf(null)]).toEqual(['m', 'thrown', 'null']);
});

test.each([
  [{ code: 'EADDRINUSE', port: 80 }, /--port: 80 is in use\n\s+fix: write another one, or 0/],
  [{ code: 'EACCES', port: 80 }, /--port: this user may not open 80\n\s+fix: write one above 1023/],
])('a port that cannot be opened: %j', (error, text) => {
  expect(told(asListenMistake(error))[1]).toMatch(text);
});

test('another failure to listen is passed on', () => {
  for (const error of [{ code: 'EACCES' }, { code: 'EMFILE', port: 1 }]) expect(asListenMistake(error)).toBe(error);
});

test.each([
  ['1', 1],
  ['10', 10],
])('%s is a whole number from 1 to 10', (text, value) => {
  expect(readWholeNumber('--n', text, 1, 10, 5)).toBe(value);
});

test.each(['0', '11', '1.5', '-1', 'x', ''])('"%s" is none', (text) => {
  expect(() => readWholeNumber('--n', text, 1, 10, 5)).toThrow(
    `must be a whole number from 1 to 10, but got "${text}"`,
  );
});

test('a reader that goes away ends no run, and the exit code is that of the command', async () => {
  const before = { code: process.exitCode, listeners: process.stdout.listeners('error') };
  try {
    for (const [command, code] of [
      [async () => 3, 3],
      [() => Promise.reject(new Error('x')), 7],
    ] as const) {
      runCommand(command, () => 7);
      await new Promise((resolve) => setImmediate(resolve));
      expect(process.exitCode).toBe(code);
    }
    const own = process.stdout.listeners('error').filter((one) => !before.listeners.includes(one));
    expect(own.length).toBeGreaterThan(0);
    for (const listener of own) {
      expect(() => listener(Object.assign(new Error('gone'), { code: 'EPIPE' }))).not.toThrow();
      expect(() => listener(Object.assign(new Error('bad'), { code: 'EIO' }))).toThrow('bad');
    }
  } finally {
    process.exitCode = before.code;
    for (const one of process.stdout.listeners('error'))
      if (!before.listeners.includes(one)) process.stdout.off('error', one as () => void);
  }
});

test('npm start refuses before it begins what it could not write at its end', async () => {
  const folder = folderWith({ 'file.txt': 'x' });
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { code, output, errors } = await start(...args);
    expect([code, output]).toEqual([2, '']);
    return errors;
  };
  expect(await refused('--report', folder)).toMatch(
    /--report: must be a file, but ".*" is a folder\n\s+fix: write the name/,
  );
  expect(await refused('--json', join(folder, 'file.txt', 'x.json'))).toMatch(
    /--json: cannot be written: E[A-Z]+: .*\n\s+fix: write a file in a folder that you may write to/,
  );
  for (const keep of [folder, join(folder, 'inside', 'lake')]) {
    expect(await refused('--dataset', 'orders', '--input', folder, '--keep', keep)).toMatch(
      /--keep: ".*" is inside the folder of --input\n\s+fix: write a folder outside of it/,
    );
  }
});
