import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { buildSync } from 'esbuild';
import { copyProject } from '../../../test/support/project-copy';
import { folderWith } from '../support/folder';
import { runEntries, runWith } from './support/entries';
import type { Ended, Job } from './support/run-entries';

/** Commands start compilers; a busy machine takes its time. */
jest.setTimeout(300_000);

const PROJECT = join(__dirname, '..', '..', '..');
const SCRIPTS: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(PROJECT, 'package.json'), 'utf8'),
).scripts;

/** The file that a script runs, for those that run one of the project. */
function entryOf(script: string): string | undefined {
  const words = (SCRIPTS[script] ?? '').split(' ');
  if (words[0] === 'tsx') return words[1];
  const app = JSON.parse(readFileSync(join(PROJECT, 'cdk.json'), 'utf8')).app as string;
  return words[0] === 'cdk' ? app.split(' ').find((word) => word.endsWith('.ts')) : undefined;
}

/** First imports of proofs and benchmarks, and of what proposes a dataset: they have datasets of their own. */
const GIVEN = ['test/fixtures/datasets/given.ts', 'cli/new-dataset/own-datasets.ts', 'bench/iceberg/orders.ts'];

const runnable = Object.keys(SCRIPTS).filter((script) => entryOf(script) !== undefined);
const configured = scriptsThatLoadConfig();

/** The scripts with the configuration among the files that their entry loads, and no datasets of the tests before it. */
function scriptsThatLoadConfig(): readonly string[] {
  const { metafile } = buildSync({
    entryPoints: runnable.map((script) => join(PROJECT, entryOf(script) ?? '')),
    absWorkingDir: PROJECT,
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    outdir: 'out',
    logLevel: 'silent',
  });
  const loading = Object.values(metafile.outputs).flatMap(({ entryPoint, inputs }) => {
    const files = Object.keys(inputs);
    const loads =
      files.some((file) => /^config\/(datasets|stages)\//.test(file)) && !files.some((file) => GIVEN.includes(file));
    return loads ? [entryPoint] : [];
  });
  return runnable.filter((script) => loading.includes(entryOf(script)));
}

/** The project with the datasets and stages of the tests, and more files. */
function projectWith(files: Readonly<Record<string, string>>): string {
  const folder = copyProject(folderWith());
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Does what `npm run` does with a script, by a shell that finds the programs of the packages, without the start of npm. */
const npm = (cwd: string, script: string, ...args: readonly string[]): Promise<Ended> =>
  runWith(
    { PATH: [join(cwd, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
    cwd,
    '/bin/sh',
    ...['-c', `${SCRIPTS[script]} "$@"`, script, ...args],
  );

/** What a script starts in a folder that holds the project. */
const job = (folder: string, script: string, args: readonly string[] = [], env: Job['env'] = {}): Job => ({
  entry: join(folder, entryOf(script) ?? ''),
  args,
  env,
});

const STACK = /^\s+at .+:\d+|^node:internal|^\s*\^/m;

test('the commands of the product load the configuration, and of proofs and benchmarks only that of the image', () => {
  const expected = [
    ...['preflight', 'query', 'smoke', 'start', 'synth'],
    ...['ingest', 'test:image'], // with ingest
  ];
  expect([...configured].sort()).toEqual(expected.sort());
});

test('a script starts its entry and nothing else, so that what an entry does is what its script does', () => {
  for (const script of runnable.filter((name) => name !== 'synth')) {
    expect(SCRIPTS[script]).toBe(`tsx ${entryOf(script)}`);
  }
});

describe('a configuration with mistakes', () => {
  const broken = projectWith({
    'config/datasets/bad_column.ts': `import type { DatasetDefinition } from '../../lib/dataset';
export default { name: 'bad_column', columns: [{ name: 'Id', type: 'strin' }] } as unknown as DatasetDefinition;`,
    'config/datasets/copied.ts': "export { default } from './orders';",
    'config/datasets/empty.ts': 'export const orders = {};',
    'config/datasets/missing_import.ts': "import { nothing } from './not-there';\nexport default nothing;",
    'config/datasets/slip.ts': 'export default { name: ',
    'config/datasets/throws.ts': 'const days = undefined as unknown as { keep: number };\n\nexport default days.keep;',
    'config/stages/qa.ts': "export default { name: 'qa', region: 'nowhere', alarmEmails: 'me@example.com' };",
    'config/stages/slip.ts': 'throw new Error("not yet");',
    'config/stages/empty.ts': '',
  });
  const empty = projectWith({});
  for (const part of ['config/datasets', 'config/stages']) {
    for (const name of readdirSync(join(empty, part))) if (name !== 'index.ts') rmSync(join(empty, part, name));
  }
  const MISTAKES = [
    /^ {2}config\/datasets\/bad_column\.ts: dataset 'bad_column', columns\[0\]\.type: .*\n {4}fix: /m,
    /name: 'orders' is also the name of the dataset in config\/datasets\/copied\.ts/,
    /^ {2}config\/datasets\/empty\.ts: /m,
    /config\/datasets\/missing_import\.ts.*cannot be loaded: Cannot find module '\.\/not-there'/,
    /config\/datasets\/slip\.ts: .*cannot be loaded: .*slip\.ts:1:/,
    /config\/datasets\/throws\.ts.*cannot be loaded: Cannot read properties of undefined .*\(line 3\)/,
    /config\/stages\/qa\.ts: stage 'qa', alarmEmails: is 'me@example\.com'\n +fix: write a list, in brackets/,
    /config\/stages\/slip\.ts.*cannot be loaded: not yet \(line 1\)/,
    /config\/stages\/empty\.ts.*: is undefined/,
  ];

  const expectMistakes = ({ code, stdout, stderr }: Ended, expected: number, mistakes = MISTAKES): void => {
    expect(stdout).toBe('');
    for (const mistake of mistakes) expect(stderr).toMatch(mistake);
    expect(stderr).not.toMatch(STACK);
    expect(stderr).toMatch(/^\d+ mistakes in the dataset configuration:\n/);
    expect(stderr).not.toContain(broken);
    expect(code).toBe(expected);
  };

  // `cdk` answers --help by itself, without the app.
  const CALLS = configured.flatMap((script) => (script === 'synth' ? [[script]] : [[script], [script, '--help']]));
  let ended: readonly Ended[] = [];
  beforeAll(async () => {
    ended = await runEntries([
      ...CALLS.map(([script = '', ...args]) => job(broken, script, args)),
      { entry: join(broken, 'ingest/gateway/image/main.ts'), args: ['image'] }, // with ingest
      job(broken, 'lake', ['status', '--help']),
      job(empty, 'start'),
    ]);
  });

  test.each(CALLS.map((call, index) => [call.join(' '), index] as const))(
    'npm run %s lists every mistake and nothing else',
    (call, index) => expectMistakes(ended[index] as Ended, call === 'synth' ? 1 : 2),
  );

  test('a verb of the lake lists every mistake and nothing else', () => expectMistakes(ended.at(-2) as Ended, 2));

  // with ingest: begin
  test('the build of the image lists those of the datasets', () => {
    expectMistakes(ended[CALLS.length] as Ended, 2, MISTAKES.slice(0, 6));
  });
  // with ingest: end

  test('npm run start lists them as a separate process too', async () => {
    expectMistakes(await npm(broken, 'start'), 2);
  });

  test('no dataset and no stage at all are mistakes, too', () => {
    expect(ended.at(-1)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no dataset\n +fix: .*no stage\n +fix: /s),
    });
  });
});

// with ingest: begin
test('a lake that reads the settings of the ingest tier and adds no stacks of it is refused', async () => {
  const app = readFileSync(join(PROJECT, 'bin/lake.ts'), 'utf8').replace(/^.*\/\/ with ingest\n/gm, '');
  const [{ code, stdout, stderr } = { code: 0, stdout: '', stderr: '' }] = await runEntries([
    job(projectWith({ 'bin/lake.ts': app }), 'synth'),
  ]);
  expect(stderr).toMatch(
    / bin\/lake\.ts: .*ingest, network: is a part of the lake in config\/extensions\.ts and not here\n +fix: /,
  );
  expect({ code, stdout, isTraced: STACK.test(stderr) }).toEqual({ code: 1, stdout: '', isTraced: false });
});
// with ingest: end

const project = projectWith({});

describe('credentials of another partition', () => {
  const inRegion = (AWS_REGION: string) => ({
    ...{ AWS_REGION, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' },
    ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9', // nothing listens: whose they are is not asked over the network
  });

  const expectRefused = ({ code, stdout, stderr }: Ended, region: string): void => {
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split(`1 mistake in the credentials:\n  region ${region}: is not in the partition aws`)).toHaveLength(
      2,
    );
    expect(stderr).toContain("such as 'eu-central-1'");
    expect(stderr).not.toMatch(STACK);
  };
  const templates = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.template.json'));

  test('of China: synth names it once, and builds nothing', async () => {
    const out = join(folderWith(), 'out');
    const args = ['run', '--silent', 'synth', '--', '-c', 'stage=dev', '-o', out];
    expectRefused(await runWith(inRegion('cn-north-1'), project, 'npm', ...args), 'cn-north-1');
    expect(templates(out)).toEqual([]);
  });

  test('of GovCloud: so does the app, in the region that the CDK tells it', async () => {
    const out = folderWith();
    const env = { CDK_DEFAULT_REGION: 'us-gov-west-1', CDK_OUTDIR: out };
    const [ended] = await runEntries([job(project, 'synth', [], env)]);
    expectRefused(ended as Ended, 'us-gov-west-1');
    expect(templates(out)).toEqual([]);
  });
});

describe('every script', () => {
  // Other programs have a command line of their own.
  const OTHERS = ['biome', 'cdk', 'jest', 'tsc'];
  const scripts = runnable.filter((script) => script !== 'synth');
  let ended: readonly Ended[] = [];
  beforeAll(async () => {
    ended = await runEntries(
      scripts.flatMap((script) => [job(PROJECT, script, ['--help']), job(PROJECT, script, ['--no-such-option'])]),
    );
  });

  test('runs a command of the project, or a program that is known', () => {
    const others = Object.keys(SCRIPTS).filter((script) => !scripts.includes(script));
    expect([...new Set(others.map((script) => SCRIPTS[script]?.split(' ')[0]))].sort()).toEqual(OTHERS);
    expect(scripts.length).toBeGreaterThan(3);
  });

  const typed = (script: string): string => (script === 'start' ? 'npm start' : `npm run ${script}`);

  test.each(scripts.map((script, index) => [script, index] as const))('npm run %s -- --help', (script, index) => {
    const { code, stdout, stderr } = ended[2 * index] as Ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: ${typed(script)}(?: -- .+)?$`, 'm'));
    // Where there are several commands, each has the rest.
    if (!/^For the options of a command: .+ --help$/m.test(stdout)) {
      expect(stdout).toMatch(/^ {2}--help +show this text$/m);
      expect(stdout).toMatch(/^Exit code: 0 .+1 .+2 /ms);
    }
    expect(stdout).toMatch(/[^\n]\n$/);
    expect(stdout.split('\n').filter(({ length }) => length > 125)).toEqual([]);
  });

  test.each(scripts.map((script, index) => [script, index] as const))(
    'npm run %s with an option that does not exist',
    (script, index) => {
      const { code, stdout, stderr } = ended[2 * index + 1] as Ended;
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^1 mistake in the command line:\n {2}--no-such-option: .+\n {4}fix: .+\nTry .+\n$/);
      expect(stderr).toContain(`\nTry ${typed(script)} -- --help\n`);
    },
  );
});

describe('a mistake on the command line', () => {
  const folder = folderWith({ file: 'x', 'in/a.json': '{}' });
  const server = createServer();
  let port: number;
  const cases: readonly (readonly [message: string, script: string, args: () => readonly string[]])[] = [
    ['is in use', 'ingest', () => ['--keep', join(folder, 'lake'), '--port', `${port}`]], // with ingest
    ['is a file', 'ingest', () => ['--keep', join(folder, 'file')]], // with ingest
    ['--port: must be', 'ingest', () => ['--port', 'many']], // with ingest
    ['there is no lake in', 'query', () => ['--keep', folder, 'SELECT 1']],
    ['ENOTDIR', 'start', () => ['--keep', join(folder, 'file', 'lake')]],
    ['does not exist', 'start', () => ['--input', join(folder, 'missing'), '--dataset', 'orders']],
    ['--report', 'start', () => ['--rows', '1', '--report', join(folder, 'file', 'r.html')]],
  ];
  let ended: readonly Ended[] = [];

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as { port: number });
    ended = await runEntries([
      // With the datasets of the tests.
      ...cases.map(([, script, args]) => job(project, script, args())),
      job(project, 'synth', [], { CDK_CONTEXT_JSON: '{"stage":"qa"}', CDK_OUTDIR: join(folder, 'out') }),
    ]);
  });
  afterAll(() => server.close());

  test.each(cases.map(([message, script], index) => [message, script, index] as const))(
    '%s: npm run %s',
    (message, _, index) => {
      const { code, stderr } = ended[index] as Ended;
      expect([code > 0, stderr]).toEqual([true, expect.stringContaining(message)]);
      expect(stderr).toMatch(/^1 mistake in the command line:\n {2}--[\w-]+: .+\n {4}fix: .+\nTry npm /m);
      if (message === 'is in use') expect(stderr).toContain(`--port: ${port} is in use\n    fix: `);
      expect(stderr).not.toMatch(STACK);
    },
  );

  test('a stage that does not exist', () => {
    const { code, stderr } = ended.at(-1) as Ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('-c stage: there is no stage "qa"\n    fix: write one of dev, prod'),
    ]);
    expect(stderr).not.toMatch(STACK);
  });
});
