import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyProject } from '../../test/support/project-copy';
import { startEmulator } from '../emulator/ministack';
import { PROJECT_ROOT } from '../tools/project';
import { pythonEnvironment, requirementsOf } from '../tools/python';
import type { Report } from '../tools/report';
import type { RunResult, Supervisor } from '../tools/supervisor';
import { type Commands, commandsOf, firstMissing } from './commands';

const PAGE = 'docs/deploy.md';

/** Runs the commands of docs/deploy.md in one shell, in an empty account, in a copy of the project. */
export async function walkthroughScenarios(supervisor: Supervisor, report: Report): Promise<void> {
  report.section(`The commands of ${PAGE}`);
  const all = commandsOf(readFileSync(join(PROJECT_ROOT, PAGE), 'utf8'));
  const run = all.filter(({ notRun }) => notRun === undefined);
  const cli = await pythonEnvironment({
    name: 'awscli',
    requirements: requirementsOf(join(__dirname, 'requirements.txt')),
    supervisor,
  });
  const emulator = await startEmulator(supervisor);
  try {
    const folder = supervisor.folder('walkthrough');
    const script = join(folder, 'commands.sh');
    writeFileSync(script, shellScript(run));
    const result = await supervisor.run('bash', [script], {
      cwd: copyProject(join(folder, 'lake-project')),
      env: {
        ...emulator.environment,
        PATH: `${cli.bin}:${process.env.PATH}`,
        // What a person types or is asked for; and the app whose templates the emulator takes.
        CDK_APP: 'node --import tsx e2e/walkthrough/app.ts',
        CDK_REQUIRE_APPROVAL: 'never',
        CDK_NOTICES: 'false',
        CDK_VERSION_REPORTING: 'false',
        npm_config_update_notifier: 'false',
        NO_COLOR: '1',
      },
    });
    for (const commands of run) {
      await report.check(`${PAGE}:${commands.line}`, async () => judge(commands, result));
    }
  } finally {
    await emulator.stop();
  }
  for (const { line, notRun } of all) if (notRun !== undefined) console.log(`- ${PAGE}:${line}: ${notRun}`);
}

const begin = (line: number): string => `@@ begin ${line}`;
const end = (line: number): string => `@@ end ${line}`;

/** One shell for all, because later commands use what earlier ones set; it stops at the first that fails. */
const shellScript = (blocks: readonly Commands[]): string =>
  [
    'set -euo pipefail',
    'exec 2>&1',
    ...blocks.flatMap(({ line, script }) => [`echo '${begin(line)}'`, script, `echo '${end(line)}'`]),
  ].join('\n');

/** @throws Error when the block did not come to its end, or did not print what the page says */
function judge({ line, script, prints }: Commands, { stdout }: RunResult): string {
  const start = stdout.indexOf(`${begin(line)}\n`);
  if (start < 0) throw new Error('Not reached, because a command before it failed.');
  const printed = stdout.slice(start + begin(line).length + 1);
  const stop = printed.indexOf(`${end(line)}\n`);
  if (stop < 0) throw new Error(`${script}printed, and failed:\n${printed.slice(-4_000)}`);
  const missing = firstMissing(printed.slice(0, stop), prints);
  if (missing !== undefined) {
    throw new Error(
      `The page says that it prints '${missing}', but it printed:\n${printed.slice(0, stop).slice(-4_000)}`,
    );
  }
  return script.split('\n')[0] ?? '';
}
