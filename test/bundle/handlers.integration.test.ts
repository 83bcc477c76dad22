/** The shipped handlers, bundled as for Lambda but with DuckDB for this machine, run in a process of their own. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { COMPACTOR_ENTRIES, PLANNER_ENTRIES } from '../../lib/constructs/compaction/entries';
import { bundle, PROJECT_ROOT } from '../../lib/constructs/lambda-bundle/bundle';
import { datasetsScript } from '../../lib/dataset/bundle';
import { startS3Server } from '../../packages/s3-loopback/src';
import { datasets } from '../fixtures/datasets';

const BUCKETS = { RAW_BUCKET: 'raw', CURATED_BUCKET: 'curated', QUARANTINE_BUCKET: 'quarantine' };
/** More than the compactor downloads in its main thread. */
const OBJECTS = 201;

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'handlers-'));
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function build(entries: readonly string[], duckdb: boolean): string {
  const outdir = fs.mkdtempSync(path.join(folder, 'asset-'));
  bundle({
    projectRoot: PROJECT_ROOT,
    entries,
    outdir,
    nodeMajor: 20,
    banner: datasetsScript(datasets),
    ...(duckdb ? { duckdb: { os: process.platform, cpu: process.arch } } : {}),
  });
  return outdir;
}

async function invoke(asset: string, file: string, event: object, environment: Record<string, string>) {
  const script = `require(${JSON.stringify(path.join(asset, file))}).handler(${JSON.stringify(event)})
    .then((result) => console.log(JSON.stringify(result)))`;
  const env = { PATH: process.env.PATH, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: asset, env });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('planner and compactor work from their bundles, worker threads included', async () => {
  const root = path.join(folder, 's3');
  const raw = path.join(root, 'raw', 'raw', 'sensor_readings', 'dt=2026-06-15');
  fs.mkdirSync(raw, { recursive: true });
  for (let index = 0; index < OBJECTS; index++) {
    const row = { sensor_id: `s${index}`, measured_at: '2026-06-15T10:00:00Z', temperature: 21.5 };
    fs.writeFileSync(path.join(raw, `${index}.json`), `${JSON.stringify(row)}\n`);
  }
  const buckets = Object.fromEntries(Object.values(BUCKETS).map((name) => [name, {}]));
  const server = await startS3Server({ root, buckets });
  const environment = {
    ...BUCKETS,
    AWS_ENDPOINT_URL_S3: server.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    COMPACTION_THREADS: '2',
  };
  try {
    const plan = await invoke(build(PLANNER_ENTRIES, false), 'planner.js', {}, environment);
    expect(plan).toMatchObject({ tasks: 1, objects: OBJECTS, unplaced: 0 });

    const task = JSON.parse(fs.readFileSync(path.join(root, 'curated', String(plan.key)), 'utf8'));
    const result = await invoke(build(COMPACTOR_ENTRIES, true), 'compactor.js', task, environment);
    expect(result).toMatchObject({
      rowsIn: OBJECTS,
      rowsOut: OBJECTS,
      rowsQuarantined: 0,
      filesOut: 1,
      complete: true,
    });
  } finally {
    await server.close();
  }
});
