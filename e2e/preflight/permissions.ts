import { Agent } from 'node:https';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { same } from '../deploy/scenario';
import { type Emulator, REGION, startEmulator } from '../emulator/ministack';
import { fixtureProject } from '../tools/fixture-project';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { type PreflightRun, runPreflight } from './run';

/** Where the emulator asks for another resource than AWS does, so that the right policy does not satisfy it. */
const ASKED_OTHERWISE = {
  'cloudwatch:GetDashboard': 'the emulator asks for *, AWS for the dashboard',
  'glue:GetCrawler': "the emulator takes a crawler's name for a table",
  'glue:GetDatabase': "the emulator takes a database's name for a table",
  'logs:DescribeLogGroups': 'the emulator asks for *, AWS for log-group:*',
  'ssm:GetParameters': 'the emulator asks for *, AWS for each parameter',
} as const;

/** What preflight says to a caller who may not look, and that the policy which it prints is what they lack. */
export async function permissionScenarios(
  supervisor: Supervisor,
  report: Report,
  dev: readonly string[],
): Promise<void> {
  const emulator = await startEmulator(supervisor, { auth: true });
  try {
    const iam = new IAMClient({
      endpoint: emulator.endpoint,
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      requestHandler: { httpsAgent: new Agent({ ca: emulator.certificate }) },
    });
    const environment = await newUser(iam, emulator);

    await report.check(
      'a caller without permissions: nothing is passed over, and what they lack is named',
      async () => {
        const run = await runPreflight(supervisor, dev, environment);
        const lacking = missing(run);
        if (!lacking.includes('cloudformation:DescribeStacks') || !lacking.includes('ssm:GetParameter')) {
          throw new Error(`The caller lacks only ${lacking.join(', ')}`);
        }
        if (!run.report.includes('The caller lacks cloudformation:DescribeStacks')) {
          throw new Error(`The report does not say what the caller lacks:\n${run.report}`);
        }
        same((await runPreflight(supervisor, [...dev, '--strict'], environment)).code, 1, 'exit code with --strict');
        return `${lacking.length} actions`;
      },
    );

    await report.check('the policy that --policy prints is enough, where the emulator asks what AWS asks', async () => {
      const { stdout } = await supervisor.run(
        'npm',
        ['run', '--silent', 'preflight', '--', '--stage', 'dev', '--policy'],
        {
          cwd: fixtureProject(supervisor),
          env: { PATH: process.env.PATH, ...environment },
        },
      );
      await iam.send(new PutUserPolicyCommand({ UserName: USER, PolicyName: 'preflight', PolicyDocument: stdout }));
      same(
        missing(await runPreflight(supervisor, dev, environment)),
        Object.keys(ASKED_OTHERWISE),
        'what is still lacking',
      );
      return `not decided here: ${Object.entries(ASKED_OTHERWISE)
        .map(([action, why]) => `${action} (${why})`)
        .join(', ')}`;
    });
    iam.destroy();
  } finally {
    await emulator.stop();
  }
}

const USER = 'preflight';

async function newUser(iam: IAMClient, emulator: Emulator): Promise<Readonly<Record<string, string>>> {
  await iam.send(new CreateUserCommand({ UserName: USER }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: USER }));
  return {
    ...emulator.environment,
    AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? '',
  };
}

const missing = ({ findings }: PreflightRun): readonly string[] =>
  [...new Set(findings.flatMap(({ missing: actions = [] }) => actions))].sort();
