import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { temporaryFolder } from './support/folder';
import { CREDENTIALS, connect, serve } from './support/servers';

jest.setTimeout(60_000);

const PROJECT = join(__dirname, '../../..');
const MAIN = join(PROJECT, 'cli/s3-main.ts');
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** The server as a process of its own. */
async function start(...args: string[]): Promise<{ child: ChildProcess; endpoint: string }> {
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', MAIN, ...args], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string];
  expect(line).toMatch(/^listening http:\/\/127\.0\.0\.1:\d+$/);
  return { child, endpoint: line.replace('listening ', '') };
}

interface Expectation {
  /** What the last answered request left; undefined for a deleted object. */
  settled: string | undefined;
  /** What a request left that was under way; `settled` when there was none. */
  possible: string | undefined;
}

/** Bodies of many sizes, that tell which write they are of. */
const bodyOf = (key: string, round: number): string => `${key} ${round} `.repeat(1 + ((round * 37) % 50_000));

test('killed under load, it comes back with what it had confirmed', async () => {
  const root = temporaryFolder();
  const { child, endpoint } = await start('--root', root, '--bucket', 'bucket');
  const exited = once(child, 'exit');
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 });
  const expected = new Map<string, Expectation>();
  let answered = 0;

  const writer = async (key: string): Promise<void> => {
    const state: Expectation = { settled: undefined, possible: undefined };
    expected.set(key, state);
    for (let round = 1; ; round++) {
      const body = round % 5 === 0 ? undefined : bodyOf(key, round);
      state.possible = body;
      const address = { Bucket: 'bucket', Key: key };
      const command =
        body === undefined
          ? new DeleteObjectCommand(address)
          : new PutObjectCommand({ ...address, Body: body, Metadata: { round: `${round}` } });
      try {
        await client.send(command as PutObjectCommand);
      } catch {
        return;
      }
      state.settled = body;
      if (++answered === 150) child.kill('SIGKILL');
    }
  };
  await Promise.all(['a', 'b/c', 'b/d', 'odd//key', 'ü', 'e'].map(writer));
  client.destroy();
  await exited;
  expect(answered).toBeGreaterThanOrEqual(150);

  const after = connect(await serve({ root }));
  for (const [key, { settled, possible }] of expected) {
    const found = await after.send(new GetObjectCommand({ Bucket: 'bucket', Key: key })).catch(() => undefined);
    const body = await found?.Body?.transformToString();
    expect([settled, possible]).toContain(body);
    if (found === undefined || body === undefined) continue;
    expect(found.ETag).toBe(`"${createHash('md5').update(body).digest('hex')}"`);
    expect(body).toBe(bodyOf(key, Number(found.Metadata?.round)));
  }
});

test('the command line explains itself and refuses what it does not know', async () => {
  const run = async (...args: string[]): Promise<[number | null, string]> => {
    const child = spawn(process.execPath, ['--require', 'tsx/cjs', MAIN, ...args], {
      cwd: PROJECT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    return [code, output];
  };
  const results = await Promise.all([run('--help'), run('--root', temporaryFolder(), '--bucket', 'name:typo')]);
  expect(results[0]).toEqual([0, expect.stringContaining('--bucket NAME[:versioned]')]);
  expect(results[1]).toEqual([2, expect.stringContaining('write NAME, or NAME:versioned')]);
});
