import type { StageDefinition } from '../../../lib/settings';
import { parseStage } from '../../../test/support/extensions';
import type { DeployedStack } from '../../preflight/account/stacks';
import type { Assembly, AssemblyStack } from '../../preflight/assembly/assembly';
import { closeAws, openAws } from '../../preflight/aws/clients';
import type { Check, Finding } from '../../preflight/check';
import type { Context } from '../../preflight/context';
import type { Machine } from '../../preflight/machine';
import { runChecks } from '../../preflight/preflight';
import { type Answer, AwsStandIn } from './aws-stand-in';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** Resources as type and properties. */
export type Resources = readonly (readonly [type: string, properties?: Readonly<Record<string, unknown>>])[];

export const assemblyOf = (resources: Resources, more: Partial<AssemblyStack> = {}): Assembly => ({
  stacks: [
    {
      name: 'lake-test-storage',
      template: {
        Resources: Object.fromEntries(
          resources.map(([Type, Properties = {}], index) => [`Resource${index}`, { Type, Properties }]),
        ),
      },
      bytes: 1_000,
      terminationProtection: false,
      bootstrap: undefined,
      assetBuckets: [],
      buildsImages: false,
      ...more,
    },
  ],
});

export interface World {
  readonly stage?: Partial<StageDefinition>;
  readonly resources?: Resources;
  readonly stack?: Partial<AssemblyStack>;
  readonly deployed?: readonly DeployedStack[];
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly machine?: Partial<Machine>;
  /** @default 'aws' */
  readonly partition?: string;
  /** @default REGION */
  readonly region?: string;
}

export interface Outcome {
  readonly findings: readonly Finding[];
  /** IAM actions of the calls that were made; each is one that the check declares. */
  readonly actions: ReadonlySet<string>;
}

/** Runs one check against a stand-in of AWS that answers so, and a stage whose templates hold so. */
export async function look(check: Check, world: World = {}): Promise<Outcome> {
  const standIn = await AwsStandIn.start(world.answers ?? {});
  const actions = new Set<string>();
  const aws = openAws({ region: REGION, observe: (action) => actions.add(action) });
  try {
    const context: Context = {
      settings: parseStage({ name: 'test', ...world.stage }),
      partition: world.partition ?? 'aws',
      account: ACCOUNT,
      region: world.region ?? REGION,
      caller: `arn:aws:iam::${ACCOUNT}:user/somebody`,
      assembly: assemblyOf(world.resources ?? [], world.stack),
      aws,
      machine: { nameServers: async () => [], imageBuildProblem: async () => undefined, ...world.machine },
      deployed: async () => world.deployed ?? [],
    };
    const findings = (await runChecks(context, [check])).map(({ check: _, ...finding }) => finding);
    // A check that calls more than it declares would leave the printed policy too small.
    const declared = new Set(check.permissions(context).map(({ action }) => action));
    const undeclared = [...actions].filter((action) => !declared.has(action));
    if (undeclared.length > 0) throw new Error(`${check.id} calls ${undeclared.join(', ')}, which it does not declare`);
    return { findings, actions };
  } finally {
    closeAws(aws);
    await standIn.stop();
  }
}

/** `error: what was found`, for each finding. */
export const told = ({ findings }: Outcome): readonly string[] =>
  findings.map(({ level, found }) => `${level}: ${found}`);
