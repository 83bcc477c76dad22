import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { buildSync } from 'esbuild';
import { folderWith } from '../local/support/folder';
import { copyProject } from '../support/project-copy';

/** Commands start compilers; a busy machine takes its time. */
jest.setTimeout(300_000);

const PROJECT = join(__dirname, '..', '..');
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

/** Whether the configuration is among the files that an entry loads, and no datasets of the tests come before it. */
function loadsConfig(entry: string): boolean {
  const { metafile } = buildSync({
    entryPoints: [join(PROJECT, entry)],
    absWorkingDir: PROJECT,
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    outdir: 'out',
    logLevel: 'silent',
  });
  const inputs = Object.keys(metafile.inputs);
  return inputs.some((input) => /^config\/(datasets|stages)\//.test(input)) && !inputs.includes(GIVEN);
}

/** The first import of proofs and benchmarks, which have datasets of their own. */
const GIVEN = 'test/fixtures/datasets/given.ts';

const runnable = Object.keys(SCRIPTS).filter((script) => entryOf(script) !== undefined);
const configured = runnable.filter((script) => loadsConfig(entryOf(script) ?? ''));

/** The project with the datasets and stages of the tests, and more files. */
function projectWith(files: Readonly<Record<string, string>>): string {
  const folder = copyProject(folderWith());
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(cwd: string, command: string, ...args: readonly string[]): Promise<Ended> {
  return runWith({}, cwd, command, ...args);
}

function runWith(
  more: Readonly<Record<string, string>>,
  cwd: string,
  command: string,
  ...args: readonly string[]
): Promise<Ended> {
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', NO_COLOR: '1', ...more };
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    );
  });
}

/** Does what `npm run` does with a script, by a shell that finds the programs of the packages, without the start of npm. */
const npm = (cwd: string, script: string, ...args: readonly string[]): Promise<Ended> =>
  runWith(
    { PATH: [join(cwd, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
    cwd,
    '/bin/sh',
    ...['-c', `${SCRIPTS[script]} "$@"`, script, ...args],
  );

const STACK = /^\s+at .+:\d+|^node:internal|^\s*\^/m;

test('the commands of the product load the configuration, and no proof or benchmark does', () => {
  expect([...configured].sort()).toEqual(['ingest', 'preflight', 'query', 'start', 'synth']);
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
  const MISTAKES = [
    /^config\/datasets\/bad_column\.ts, dataset bad_column:$/m,
    /name: 'orders' is also the name of the dataset in config\/datasets\/copied\.ts/,
    /^config\/datasets\/empty\.ts/m,
    /config\/datasets\/missing_import\.ts.*\n.*cannot be loaded: Cannot find module '\.\/not-there'/,
    /config\/datasets\/slip\.ts.*\n.*cannot be loaded: .*slip\.ts:1:/,
    /config\/datasets\/throws\.ts.*\n.*cannot be loaded: Cannot read properties of undefined .*\(line 3\)/,
    /config\/stages\/qa\.ts: stage 'qa', alarmEmails: is 'me@example\.com'\n +fix: write a list, in brackets/,
    /config\/stages\/slip\.ts.*cannot be loaded: not yet \(line 1\)/,
    /config\/stages\/empty\.ts.*: is undefined/,
  ];

  test.each(configured)('npm run %s lists every mistake and nothing else, with --help as well', async (script) => {
    // `cdk` answers --help by itself, without the app.
    const calls = entryOf(script)?.startsWith('bin/') ? [[]] : [[], ['--help']];
    for (const { code, stdout, stderr } of await Promise.all(calls.map((args) => npm(broken, script, ...args)))) {
      expect(stdout).toBe('');
      for (const mistake of MISTAKES) expect(stderr).toMatch(mistake);
      expect(stderr).not.toMatch(STACK);
      expect(stderr).toMatch(/^\d+ mistakes in the dataset configuration\n/);
      expect(stderr).not.toContain(broken);
      expect(code).toBe(script === 'synth' ? 1 : 2);
    }
  });

  test('the build of the image lists those of the datasets', async () => {
    const tsx = join(PROJECT, 'node_modules', '.bin', 'tsx');
    const { code, stdout, stderr } = await run(broken, tsx, 'service/ingest/image/main.ts', 'image');
    expect([code, stdout]).toEqual([2, '']);
    for (const mistake of MISTAKES.slice(0, 6)) expect(stderr).toMatch(mistake);
    expect(stderr).not.toMatch(STACK);
  });

  test('no dataset and no stage at all are mistakes, too', async () => {
    const folder = projectWith({});
    for (const part of ['config/datasets', 'config/stages']) {
      for (const name of readdirSync(join(folder, part))) {
        if (name !== 'index.ts') writeFileSync(join(folder, part, name), '');
        if (name !== 'index.ts') await run(folder, 'rm', join(part, name));
      }
    }
    const { code, stderr } = await npm(folder, 'start');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no dataset;.*no stage\n/s)]);
  });
});

describe('credentials of another partition', () => {
  const inRegion = (AWS_REGION: string) => ({
    ...{ AWS_REGION, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' },
    ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9', // nothing listens: whose they are is not asked over the network
  });

  test.each(['cn-north-1', 'us-gov-west-1'])('%s: synth names it once, and builds nothing', async (region) => {
    const folder = folderWith();
    const args = ['run', '--silent', 'synth', '--', '-c', 'stage=dev', '-o', join(folder, 'out')];
    const { code, stdout, stderr } = await runWith(inRegion(region), projectWith({}), 'npm', ...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split(`The credentials lead to ${region}, which is of another partition than aws`)).toHaveLength(2);
    expect(stderr).toContain("such as 'eu-central-1'");
    expect(stderr).not.toMatch(STACK);
    expect(readdirSync(join(folder, 'out')).filter((name) => name.endsWith('.template.json'))).toEqual([]);
  });
});

describe('a mistake on the command line', () => {
  const OPTION = '--no-such-option';
  // The CDK takes options of its own, and ignores those that it does not know.
  test.each(runnable.filter((script) => script !== 'synth'))('npm run %s', async (script) => {
    const { code, stdout, stderr } = await npm(PROJECT, script, OPTION);
    expect([stdout, code > 0]).toEqual(['', true]);
    expect(stderr).toMatch(/no-such-option|Usage/);
    expect(stderr).not.toMatch(STACK);
  });

  test('a stage that does not exist', async () => {
    const { code, stderr } = await npm(projectWith({}), 'synth', '-c', 'stage=qa');
    expect([code, stderr]).toEqual([1, expect.stringContaining('-c stage=qa: the stages are dev, prod')]);
    expect(stderr).not.toMatch(STACK);
  });

  test('a port in use, a folder that is a file, a lake that is none', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const folder = folderWith({ file: 'x', 'in/a.json': '{}' });
    const project = projectWith({});
    const cases: readonly (readonly [string, readonly string[], string])[] = [
      ['ingest', ['--keep', join(folder, 'lake'), '--port', `${port}`], `--port ${port} is in use`],
      ['ingest', ['--keep', join(folder, 'file')], 'is a file'],
      ['ingest', ['--port', 'many'], 'INGEST_PORT'],
      ['query', ['--keep', folder, 'SELECT 1'], 'is none'],
      ['start', ['--keep', join(folder, 'file', 'lake')], 'ENOTDIR'],
      ['start', ['--input', join(folder, 'missing'), '--dataset', 'orders'], 'does not exist'],
      ['start', ['--rows', '1', '--report', join(folder, 'file', 'r.html')], '--report'],
    ];
    try {
      for (const [script, args, message] of cases) {
        const { code, stderr } = await npm(project, script, ...args);
        expect([script, code > 0, stderr]).toEqual([script, true, expect.stringContaining(message)]);
        expect(stderr).not.toMatch(STACK);
      }
    } finally {
      server.close();
    }
  });
});
