import { chmodSync, cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { IgnoreStrategy } from 'aws-cdk-lib';
import { CannotRun } from '../../../e2e/tools/errors';
import { fixtureProject } from '../../../e2e/tools/fixture-project';
import { PROJECT_ROOT } from '../../../e2e/tools/project';
import type { Report } from '../../../e2e/tools/report';
import type { Supervisor } from '../../../e2e/tools/supervisor';
import { readStages, type Stage } from './dockerfile';
import type { Running, StartOptions, Target } from './target';

/** Does what the Dockerfile says in folders that stand for the file systems of its two stages. */
export async function runInFolder(supervisor: Supervisor, report: Report): Promise<Target | undefined> {
  const stages = readStages(readFileSync(join(PROJECT_ROOT, 'ingest/gateway/Dockerfile'), 'utf8'));
  const [build, last] = stages as [Stage, Stage];
  const root = supervisor.folder('build');
  const app = supervisor.folder('app');
  let isBuilt = false;
  report.section('Build');
  await report.check('the commands of the build stage succeed on what .dockerignore leaves', async () => {
    await runBuildStage(supervisor, build, root);
    isBuilt = true;
  });
  if (!isBuilt) return undefined;
  await report.check('the last stage finds its files', async () => {
    const files = copyLastStage(last, root, app);
    const bytes = files.reduce((sum, file) => sum + statSync(join(app, file)).size, 0);
    return `${files.join(', ')}, ${Math.round(bytes / 1e3)} kB`;
  });
  // Folders of the supervisor are for their owner alone.
  for (let folder = app; folder !== dirname(supervisor.root); folder = dirname(folder)) chmodSync(folder, 0o755);
  return { start: (options) => start(supervisor, last, app, options) };
}

async function runBuildStage(supervisor: Supervisor, { steps }: Stage, root: string): Promise<void> {
  const project = fixtureProject(supervisor);
  const rules = readFileSync(join(project, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => !/^(?:#|$)/.test(line));
  const context = IgnoreStrategy.docker(project, rules);
  let workdir = root;
  for (const { keyword, words, text } of steps) {
    if (keyword === 'WORKDIR') {
      workdir = join(root, words[0] ?? '');
      mkdirSync(workdir, { recursive: true });
    } else if (keyword === 'COPY') {
      const target = words.at(-1) ?? '';
      for (const path of words.slice(0, -1)) {
        const to = target.endsWith('/') ? join(workdir, target, basename(path)) : join(workdir, target);
        cpSync(join(project, path), to, {
          recursive: true,
          filter: (file) => statSync(file).isDirectory() || !context.ignores(file),
        });
      }
    } else if (keyword === 'RUN') {
      const { code, stdout, stderr } = await supervisor.run('/bin/sh', ['-c', text], { cwd: workdir });
      if (code !== 0) throw new Error(`RUN ${text} ended with ${code}:\n${`${stdout}${stderr}`.slice(-4_000)}`);
    } else {
      throw new CannotRun(`${keyword} ${text}: this program does not know how to do that without a builder.`);
    }
  }
}

function copyLastStage({ steps }: Stage, root: string, app: string): readonly string[] {
  return steps
    .filter(({ keyword }) => keyword === 'COPY')
    .flatMap(({ words, flags }) =>
      words.slice(0, -1).map((path) => {
        const name = basename(path);
        cpSync(join(root, path), join(app, name));
        chmodSync(join(app, name), Number.parseInt(flags.chmod ?? '0644', 8));
        return name;
      }),
    );
}

async function start(supervisor: Supervisor, last: Stage, app: string, options: StartOptions): Promise<Running> {
  const command = (keyword: string): readonly string[] =>
    last.steps.find((step) => step.keyword === keyword)?.words ?? [];
  const env = { PATH: process.env.PATH, ...imageVariables(last), ...filled(options) };
  const [user = '', group = ''] = (command('USER')[0] ?? '').split(':');
  const isRoot = process.getuid?.() === 0;
  // setpriv also takes all capabilities and the way back to them.
  const as = isRoot
    ? [
        'setpriv',
        '--reuid',
        user,
        '--regid',
        group,
        '--clear-groups',
        '--no-new-privs',
        '--bounding-set=-all',
        '--inh-caps=-all',
      ]
    : [];
  const [program = '', ...args] = [...as, ...command('CMD')];
  const gateway = supervisor.spawn(program, args, { cwd: app, env });
  let text = '';
  for (const stream of [gateway.child.stdout, gateway.child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
  }
  return {
    health: async () => {
      const [check = '', ...rest] = [...as, ...command('HEALTHCHECK')];
      return (await supervisor.run(check, rest, { cwd: app, env, timeoutSeconds: 20 })).code;
    },
    stop: async () => {
      process.kill(gateway.pid, 'SIGTERM');
      return gateway.exited;
    },
    owner: async () => {
      if (!isRoot) throw new Error('only root can start it as another user; run this as root, or where docker is');
      const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
      const id = (name: string): string => new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? '';
      return `${id('Uid')}:${id('Gid')}`;
    },
    output: async () => text,
  };
}

function imageVariables({ steps }: Stage): Readonly<Record<string, string>> {
  const pairs = steps
    .filter(({ keyword }) => keyword === 'ENV')
    .flatMap(({ text }) => [...text.matchAll(/(\w+)=(\S+)/g)]);
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

const filled = ({ variables, files }: StartOptions): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value.replaceAll('{files}', files)]));
