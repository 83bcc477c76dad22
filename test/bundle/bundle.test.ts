import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { bundle, LAMBDA_UNZIPPED_LIMIT, PROJECT_ROOT } from '../../lib/constructs/lambda-bundle/bundle';
import type { BindingTarget } from '../../lib/constructs/lambda-bundle/duckdb-binding';

/** DuckDB for the machine that runs the tests: always installed, so these tests need no network. */
const HOST: BindingTarget = { os: process.platform, cpu: process.arch };

const HANDLER = `
import { Worker } from 'node:worker_threads';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { S3Client } from '@aws-sdk/client-s3';
import { shared } from './shared';

const fromWorker = () =>
  new Promise((resolve, reject) =>
    new Worker(join(__dirname, 'worker.js')).once('message', resolve).once('error', reject));

export async function handler(): Promise<unknown> {
  const connection = await (await DuckDBInstance.create()).connect();
  const rows = (await connection.runAndReadAll('SELECT 40 + 2 AS answer')).getRowObjectsJson();
  return { rows, client: S3Client.name, shared, worker: await fromWorker(), configured: (globalThis as { CONFIG?: unknown }).CONFIG };
}
`;

let root: string;
/** Built once; the tests only look at it. */
let built: { asset: string; bytes: number };

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'bundle-'));
  built = build(project('clone-a'), HOST);
});

afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

/** A clone of a small project with the dependencies of this one, in a folder of its own. */
function project(name: string): string {
  const folder = path.join(root, name);
  fs.mkdirSync(path.join(folder, 'lambda'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'lambda', 'handler.ts'), HANDLER);
  fs.writeFileSync(path.join(folder, 'lambda', 'shared.ts'), 'export const shared: string = "both";');
  fs.writeFileSync(
    path.join(folder, 'lambda', 'worker.ts'),
    'import { parentPort } from "node:worker_threads"; import { shared } from "./shared"; parentPort!.postMessage(shared);',
  );
  fs.copyFileSync(path.join(PROJECT_ROOT, 'package-lock.json'), path.join(folder, 'package-lock.json'));
  fs.symlinkSync(path.join(PROJECT_ROOT, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  return folder;
}

function build(projectRoot: string, duckdb?: BindingTarget): { asset: string; bytes: number } {
  const asset = fs.mkdtempSync(path.join(root, 'asset-'));
  const bytes = bundle({
    projectRoot,
    entries: ['lambda/handler.ts', 'lambda/worker.ts'],
    outdir: asset,
    nodeMajor: 20,
    banner: 'globalThis.CONFIG = "as of synth";',
    ...(duckdb === undefined ? {} : { duckdb }),
  });
  return { asset, bytes };
}

function files(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

// No folder above the asset has a node_modules, so whatever it loads is in it.
test('the asset runs by itself: handler, worker thread beside it, configuration, AWS SDK and DuckDB', () => {
  const { asset } = built;
  const script = `require(${JSON.stringify(path.join(asset, 'handler.js'))}).handler()
    .then((result) => process.stdout.write(JSON.stringify(result)))`;
  const output = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', cwd: asset });

  expect(JSON.parse(output)).toEqual({
    rows: [{ answer: 42 }],
    client: 'S3Client',
    shared: 'both',
    worker: 'both',
    configured: 'as of synth',
  });
});

test('configuration comes before the handler alone: a thread would parse it again', () => {
  const holds = (file: string): boolean =>
    fs.readFileSync(path.join(built.asset, file), 'utf8').includes('as of synth');
  expect(['handler.js', 'worker.js'].map(holds)).toEqual([true, false]);
});

test('two clones give the same bytes, and no path of the machine is in them', () => {
  const first = built;
  const second = build(project('a-clone-elsewhere'));

  for (const file of ['handler.js', 'handler.js.map', 'worker.js', 'worker.js.map']) {
    const text = fs.readFileSync(path.join(first.asset, file), 'utf8');
    expect(fs.readFileSync(path.join(second.asset, file), 'utf8')).toBe(text);
    expect(text).not.toContain(root);
    expect(text).not.toContain('clone-a');
    expect(text).not.toContain(PROJECT_ROOT.split(path.sep).slice(1).join('/'));
  }
});

test('holds code and licences, no documentation, types or lock files, and fits Lambda', () => {
  const { asset, bytes } = built;
  const names = files(asset);

  expect(names).toEqual(expect.arrayContaining(['handler.js', 'handler.js.map', 'worker.js', 'worker.js.map']));
  expect(names.filter((name) => /(\.md|\.d\.ts|lock\.json|\.ts)$/.test(name))).toEqual([]);
  expect(bytes).toBe(names.reduce((sum, name) => sum + fs.statSync(path.join(asset, name)).size, 0));
  expect(bytes).toBeLessThan(LAMBDA_UNZIPPED_LIMIT / 2);
});

test('a source that does not compile fails with its place', () => {
  const folder = project('broken');
  fs.writeFileSync(path.join(folder, 'lambda', 'shared.ts'), 'export const = 1;');
  expect(() => build(folder)).toThrow(/lambda\/shared\.ts:1:13/);
});
