import { fixtureProject } from '../../../e2e/tools/fixture-project';
import type { Report } from '../../../e2e/tools/report';
import type { Supervisor } from '../../../e2e/tools/supervisor';
import type { Running, StartOptions, Target } from './target';

const TAG = 'lake-ingest:proof';
const FILES = '/run/lake-ingest';

/** A builder whose engine answers, not only a program of that name. */
export async function findBuilder(supervisor: Supervisor): Promise<string | undefined> {
  for (const name of ['docker', 'podman']) {
    const { code } = await supervisor.run(name, ['info'], { timeoutSeconds: 30 });
    if (code === 0) return name;
  }
  return undefined;
}

/** Builds the image. What it starts has the restrictions that an instance gives it. */
export async function runInContainer(
  supervisor: Supervisor,
  report: Report,
  builder: string,
): Promise<Target | undefined> {
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await supervisor.run(builder, args, {
      cwd: fixtureProject(supervisor),
      timeoutSeconds: 1_200,
    });
    if (code !== 0) throw new Error(`${builder} ${args[0]} ended with ${code}:\n${`${stdout}${stderr}`.slice(-4_000)}`);
    return stdout.trim();
  };
  let isBuilt = false;
  report.section('Build');
  await report.check('the image is built', async () => {
    await run('build', '--file', 'ingest/gateway/Dockerfile', '--tag', TAG, '.');
    isBuilt = true;
    const size = Number(await run('image', 'inspect', '--format', '{{.Size}}', TAG));
    return `${Math.round(size / 1e6)} MB`;
  });
  if (!isBuilt) return undefined;
  await report.check('it holds no package manager', async () => {
    for (const program of ['npm', 'npx', 'yarn', 'corepack']) {
      const { code } = await supervisor.run(builder, ['run', '--rm', '--entrypoint', program, TAG, '--version']);
      if (code === 0) throw new Error(`${program} runs`);
    }
  });
  return { start: (options) => start(run, options) };
}

async function start(run: (...args: string[]) => Promise<string>, options: StartOptions): Promise<Running> {
  const variables = Object.entries(options.variables).flatMap(([name, value]) => [
    '--env',
    `${name}=${value.replaceAll('{files}', FILES)}`,
  ]);
  const id = await run(
    ...['run', '--detach', '--network', 'host', '--read-only', '--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges', '--memory', '410m', '--mount'],
    ...[`type=bind,source=${options.files},target=${FILES},readonly`, ...variables, TAG],
  );
  return {
    health: async () =>
      run('exec', id, 'node', 'health.js').then(
        () => 0,
        () => 1,
      ),
    stop: async () => {
      await run('kill', '--signal', 'SIGTERM', id);
      const code = Number(await run('wait', id));
      await run('rm', id);
      return code;
    },
    owner: async () => run('exec', id, 'node', '-p', 'process.getuid() + ":" + process.getgid()'),
    output: async () => run('logs', id),
  };
}
