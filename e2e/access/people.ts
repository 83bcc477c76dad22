import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { LAKE_ROLES, type LakeRole } from '../../lib/settings';
import { type MatrixRow, readMatrix } from '../../test/access/matrix';
import { target } from '../../test/support/iam/symbols';
import type { ClientConfiguration, EmulatedLake } from '../emulator/lake';
import type { Report } from '../tools/report';
import { type Person, policy } from './person';
import { SENDERS, type Sender } from './requests';
import { DeployedResources } from './resources';

/** Every request of the access matrix that the emulator decides, sent by somebody who has taken on the role. */
export async function peopleScenarios(lake: EmulatedLake, person: Person, report: Report): Promise<void> {
  report.section('People: the access matrix, sent to the deployed lake');
  const resources = await DeployedResources.read(lake);
  const rows = readMatrix();
  const evaluated = new Map<string, number>();

  for (const role of LAKE_ROLES) {
    await report.check(`${role}: whoever the role does not trust cannot take it on`, async () => {
      if (!(await isRefused(() => person.directly(role)))) throw new Error('the role was taken on');
    });
    await report.check(`${role}: every request is allowed or refused as the matrix says`, async () => {
      const configuration = lake.configuration(await person.as(role));
      const own = rows.filter((row) => row.role === role);
      const { sent, wrong } = await sendAll(configuration, resources, own, evaluated);
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
      if (sent === 0) throw new Error('no request was sent');
      return `${sent} requests`;
    });
    const denials = rows.filter((row) => row.role === role && row.verdict === 'never');
    if (denials.length === 0) continue;
    await report.check(`${role}: what the role is denied stays refused when a policy allows everything`, async () => {
      const { sent, wrong } = await withEverything(lake, role, async () =>
        sendAll(lake.configuration(await person.as(role)), resources, denials, new Map()),
      );
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
      if (sent === 0) throw new Error('no request was sent');
      return `${sent} requests`;
    });
  }
  const services = [...evaluated].sort().map(([service, count]) => `${service} ${count}`);
  console.log(`Decided by evaluation, in npm test: ${services.join(', ')} requests`);
}

/** Does something while a role may do everything that nothing denies. */
async function withEverything<T>(lake: EmulatedLake, role: LakeRole, use: () => Promise<T>): Promise<T> {
  const iam = lake.client(IAMClient);
  const RoleName = `${lake.settings.prefix}-${lake.settings.name}-${role}`;
  const inline = { RoleName, PolicyName: 'everything' };
  const PolicyDocument = policy({ Effect: 'Allow', Action: '*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ ...inline, PolicyDocument }));
  try {
    return await use();
  } finally {
    await iam.send(new DeleteRolePolicyCommand(inline));
  }
}

async function sendAll(
  configuration: ClientConfiguration,
  resources: DeployedResources,
  rows: readonly MatrixRow[],
  evaluated: Map<string, number>,
): Promise<{ sent: number; wrong: readonly string[] }> {
  const wrong: string[] = [];
  let sent = 0;
  for (const { role, verdict, actions, targets } of rows) {
    for (const action of actions) {
      for (const text of targets) {
        const sender = SENDERS[action];
        if (sender === undefined || !sends(sender, verdict, text)) {
          const [service = ''] = action.split(':');
          evaluated.set(service, (evaluated.get(service) ?? 0) + 1);
          continue;
        }
        sent++;
        const allowed = !(await isRefused(() => sender.send(configuration, target(text, resources))));
        if (allowed !== (verdict === 'may'))
          wrong.push(`${role} ${action} on ${text} is ${allowed ? 'allowed' : 'refused'}`);
      }
    }
  }
  return { sent, wrong };
}

/** Not those that change the lake, nor what only evaluation can tell: uses of a key through a service, the catalog alone. */
const sends = ({ changes }: Sender, verdict: MatrixRow['verdict'], text: string): boolean =>
  !(changes && verdict === 'may') && !text.includes(' ') && text !== 'catalog';

/** Whether IAM refuses. That a thing is missing or a parameter is wrong is said only to whom IAM lets through. */
export async function isRefused(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return false;
  } catch (error) {
    const { name = '' } = error as { name?: string };
    if (/^(AccessDenied|AuthorizationError)/.test(name)) return true;
    if (/^(NoSuchKey|NoSuchVersion|NotFound|EntityNotFound|InvalidRequest|NoSuchUpload)/.test(name)) return false;
    throw error;
  }
}
