import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { pascalCase } from '../../lib/dataset/pascal-case';
import { type TakenAway, takeAway } from '../../test/access/take-away';
import type { PolicyDocument } from '../../test/support/iam';
import { LakeFiles } from '../emulator/files';
import type { EmulatedLake } from '../emulator/lake';
import type { Report } from '../tools/report';
import { UNNOTICED, type Unnoticed, unnoticed } from './unnoticed';
import { compactorWork, plannerWork, type Work } from './work';

/** The functions do all their work with the roles that they are deployed with; and with anything less, something fails. */
export async function functionScenarios(lake: EmulatedLake, report: Report): Promise<void> {
  report.section('Functions: everything taken from their roles, one at a time');
  const files = new LakeFiles(lake);
  await report.check('the deployed state machine compacts with its own roles', async () => {
    await plannerWork(files).prepare();
    const run = await lake.runCompaction();
    if (run.status !== 'SUCCEEDED') throw new Error(`${run.status}: ${run.error} ${run.cause}`);
    if ((run.output as { tasks?: number }).tasks === 0) throw new Error('there was nothing to do');
  });
  const used = new Set<Unnoticed>();
  for (const [name, work] of [
    ['planner', plannerWork],
    ['compactor', compactorWork],
  ] as const) {
    for (const one of await takeEverything(lake, report, name, () => work(files))) used.add(one);
  }
  await report.check('unnoticed.ts lists only what the roles have', async () => {
    const stale = UNNOTICED.filter((one) => !used.has(one)).map(
      ({ statement, what }) => `${what ?? 'all'} of ${statement}`,
    );
    if (stale.length > 0) throw new Error(`No role has ${stale.join(', ')}`);
  });
  for (const { statement, what, reason } of UNNOTICED) console.log(`  ${what ?? 'all'} of ${statement}: ${reason}`);
}

async function takeEverything(
  lake: EmulatedLake,
  report: Report,
  name: 'planner' | 'compactor',
  work: () => Work,
): Promise<ReadonlySet<Unnoticed>> {
  const role = await RolePolicy.of(lake, `${pascalCase(name)}Role`);
  const used = new Set<Unnoticed>();
  let works = false;
  await report.check(`${name}: works with all that its role may`, async () => {
    await attempt(work());
    works = true;
  });
  // Everything would seem to be needed by what fails anyway.
  if (!works) return used;
  let evaluated = 0;
  for (const taken of takeAway([role.document]).filter(isLess)) {
    const listed = unnoticed(taken.what);
    if (listed !== undefined) {
      used.add(listed);
      evaluated++;
    }
    const failure = await role.with(taken, () => failureOf(work()));
    if (listed !== undefined && failure === undefined) continue;
    const title = listed === undefined ? 'fails without' : 'does not miss, as unnoticed.ts says,';
    await report.check(`${name}: ${title} ${taken.what}`, async () => {
      if (listed !== undefined) throw new Error(`It does, so take it off the list: ${failure}`);
      if (failure === undefined)
        throw new Error('Nothing failed. Take it from the role, or say in unnoticed.ts why not.');
      if (!REFUSAL.test(failure)) throw new Error(`It failed, but not because it was refused something: ${failure}`);
    });
  }
  await report.check(`${name}: works again with all of it`, async () => await attempt(work()));
  console.log(`Decided by evaluation, in npm test: ${evaluated} more that the ${name} does not miss here`);
  return used;
}

/** What a function says, or what is found undone because it went on after a refusal. */
const REFUSAL = /AccessDenied|not authorized|403|are left/;

/** To take a condition away widens a policy; whether anything notices that is for the evaluation. */
const isLess = ({ what }: TakenAway): boolean => !what.startsWith('the condition');

async function attempt(work: Work): Promise<void> {
  await work.prepare();
  await work.run();
}

async function failureOf(work: Work): Promise<string | undefined> {
  await work.prepare();
  return await work.run().then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

/** The one managed policy of a deployed role, and what stands in for it. */
class RolePolicy {
  readonly #iam: IAMClient;
  readonly #role: string;
  readonly #arn: string;

  private constructor(
    iam: IAMClient,
    role: string,
    arn: string,
    readonly document: PolicyDocument,
  ) {
    this.#iam = iam;
    this.#role = role;
    this.#arn = arn;
  }

  static async of(lake: EmulatedLake, role: string): Promise<RolePolicy> {
    const iam = lake.client(IAMClient);
    const RoleName = await lake.physicalId('compaction', 'AWS::IAM::Role', role);
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    const [{ PolicyArn = '' } = {}, ...others] = AttachedPolicies;
    if (others.length > 0 || PolicyArn === '')
      throw new Error(`${RoleName} has ${AttachedPolicies.length} policies, not one`);
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const VersionId = Policy?.DefaultVersionId ?? '';
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
    const document = JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '')) as PolicyDocument;
    return new RolePolicy(iam, RoleName, PolicyArn, document);
  }

  /** Does something while the role has this policy instead of its own. */
  async with<T>({ policies: [document] }: TakenAway, use: () => Promise<T>): Promise<T> {
    const inline = { RoleName: this.#role, PolicyName: 'with-less' };
    const managed = { RoleName: this.#role, PolicyArn: this.#arn };
    await this.#iam.send(new PutRolePolicyCommand({ ...inline, PolicyDocument: JSON.stringify(document) }));
    await this.#iam.send(new DetachRolePolicyCommand(managed));
    try {
      return await use();
    } finally {
      await this.#iam.send(new AttachRolePolicyCommand(managed));
      await this.#iam.send(new DeleteRolePolicyCommand(inline));
    }
  }
}
