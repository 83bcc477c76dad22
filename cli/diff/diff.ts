import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { datasets } from '../../config/datasets';
import type { Dataset } from '../../lib/dataset';
import { type ChangeClass, compareDatasets, RULES } from '../../lib/dataset/evolution';
import { SCHEMA_POLICIES, type SchemaPolicy, type StageSettings } from '../../lib/settings';
import { parseCommandLine, UsageError } from '../command-line';
import { plural } from '../format';
import { readAssembly } from '../preflight/assembly/assembly';
import { synthesize } from '../preflight/assembly/synthesize';
import type { Terminal } from '../terminal';
import { configuredStages, type Stages, stageNamed } from '../verbs/stages';
import { tellRights } from '../verbs/tell-rights';
import { visible } from '../visible';
import { readStage } from './deployed';
import { type Findings, ORPHAN, plain, printFindings } from './print';
import { resourceLosses } from './resources';
import { compareWithTables } from './tables';

const PROJECT = join(__dirname, '..', '..');
const BASELINE = 'config/baseline.json';
const FORMAT_VERSION = 1;

/** By policy, the classes that end the command with 1. */
const FAILS: Readonly<Record<SchemaPolicy, readonly ChangeClass[]>> = {
  evolve: ['refused'],
  strict: ['refused', 'care'],
};

const HELP = `\
Compares the datasets with a baseline, and says what each change does to data that is there: safe, needs care, or
refused. The baseline is a file of the repository: write it with each deployment, and CI has something to compare with.
With --stage it compares with what is deployed: tables with datasets, and templates with those that the app makes now,
and names each resource that would be replaced or deleted, and what is lost with it. It only reads.

Usage: npm run lake -- diff [options]

Options:
  --baseline FILE  (default ${BASELINE})
  --stage NAME     compare with the deployed stage; with --baseline, only take the policy of the stage
  --assembly DIR   with --stage: the templates of a cloud assembly, such as cdk.out (default: synthesize the app)
  --policy POLICY  evolve: fails on what is refused; strict: also on what needs care
                   (default: schemaChanges of the stage, or evolve)
  --write          writes the baseline instead: the datasets as they are now
  --json           one JSON object on standard output. Its fields are only added to while "formatVersion" is ${FORMAT_VERSION}
  --help           show this text

Exit code: 0 if the policy allows every change, 1 if not, 2 for a mistake on the command line or in the configuration,
a baseline that cannot be read, or a stage that cannot be asked.
`;

const FLAGS = {
  baseline: { type: 'string' },
  stage: { type: 'string' },
  assembly: { type: 'string' },
  policy: { type: 'string' },
  write: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** `npm run lake -- diff`. @returns the exit code, as its help says */
export const run = (args: readonly string[], terminal: Terminal, stages: Stages = configuredStages): Promise<number> =>
  tellRights(() => diff(args, terminal, datasets, stages));

/** @param today the datasets as they are declared now */
export async function diff(
  args: readonly string[],
  terminal: Terminal,
  today: readonly Dataset[],
  stages: Stages,
): Promise<number> {
  const { values } = parseCommandLine(args, FLAGS);
  if (values.help === true) {
    terminal.line(HELP.trimEnd());
    return 0;
  }
  const file = values.baseline ?? BASELINE;
  const given = values.policy === undefined ? undefined : policyOf(values.policy);
  if (values.write === true) {
    if (values.policy !== undefined || values.stage !== undefined || values.json === true)
      throw new UsageError('--write', 'it compares nothing', 'write it without --policy, --stage and --json');
    writeBaseline(file, today);
    terminal.line(`${plural(today.length, 'dataset')} written to ${visible(file)}: commit it`);
    return 0;
  }
  const stage = values.stage === undefined ? undefined : stageNamed(values.stage, stages);
  const isDeployed = stage !== undefined && values.baseline === undefined;
  if (values.assembly !== undefined && !isDeployed)
    throw new UsageError(
      '--assembly',
      'a baseline holds no templates',
      'write it with --stage, and without --baseline',
    );
  const policy = given ?? stage?.schemaChanges ?? 'evolve';
  const found = isDeployed
    ? await compareWithStage(stage, values.assembly, today)
    : { changes: compareDatasets(readBaseline(file), today), resources: [], undeclared: [], orphans: [] };
  const fails = failuresOf(found, policy);
  const code = fails > 0 ? 1 : 0;
  if (values.json === true) {
    const changes = found.changes.map((change) => ({ ...change, effect: plain(RULES[change.rule].effect) }));
    const against = isDeployed ? { stage: stage.name } : { baseline: file };
    const told = { formatVersion: FORMAT_VERSION, ...against, policy, isAllowed: code === 0, changes };
    const { resources, orphans, undeclared } = found;
    terminal.line(JSON.stringify({ ...told, resources, orphans, undeclared }, undefined, 2));
  } else {
    printFindings(found, terminal);
    if (fails > 0)
      terminal.line(
        `${plural(fails, 'change')} that ${policy} does not allow. If it is wanted all the same, deploy it${isDeployed ? '' : ', and renew the baseline'}.`,
      );
  }
  return code;
}

async function compareWithStage(
  stage: StageSettings,
  assembly: string | undefined,
  today: readonly Dataset[],
): Promise<Findings> {
  const { stacks } =
    assembly === undefined
      ? await synthesize({ project: PROJECT, stage: stage.name })
      : readAssembly(assembly, stage.name);
  const deployed = await readStage(stage, stacks);
  return {
    ...compareWithTables(deployed.tables, today),
    orphans: deployed.orphans,
    resources: deployed.stacks.flatMap(resourceLosses),
  };
}

/** A resource that nothing is lost with may go under every policy. */
const failuresOf = ({ changes, resources, orphans }: Findings, policy: SchemaPolicy): number =>
  (FAILS[policy].includes(ORPHAN) ? orphans.length : 0) +
  changes.filter((change) => FAILS[policy].includes(change.class)).length +
  resources.filter(({ holds }) => holds !== undefined).length;

function policyOf(text: string): SchemaPolicy {
  const policy = SCHEMA_POLICIES.find((one) => one === text);
  if (policy !== undefined) return policy;
  throw new UsageError('--policy', `"${text}" is no policy`, `write one of ${SCHEMA_POLICIES.join(', ')}`);
}

/** @throws UsageError when there is none that can be read */
export function readBaseline(file: string): readonly Dataset[] {
  const wrong = (problem: string, fix: string): UsageError => new UsageError('--baseline', `${file} ${problem}`, fix);
  const renew = 'check out the commit that is deployed, and run npm run lake -- diff --write there';
  if (!existsSync(file)) throw wrong('does not exist', renew);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong(`is not JSON: ${(error as Error).message}`, renew);
  }
  const { formatVersion, datasets: found } = (parsed ?? {}) as { formatVersion?: unknown; datasets?: unknown };
  if (formatVersion !== FORMAT_VERSION)
    throw wrong(`has formatVersion ${JSON.stringify(formatVersion)}, not ${FORMAT_VERSION}`, renew);
  const isDataset = (one: Partial<Dataset> | null): boolean =>
    [one?.columns, one?.partition?.leading].every(Array.isArray) &&
    typeof one?.name === 'string' &&
    Boolean(one.compaction && one.retention);
  if (!Array.isArray(found) || !found.every(isDataset))
    throw wrong('holds no datasets as this command writes them', renew);
  return found as readonly Dataset[];
}

const writeBaseline = (file: string, today: readonly Dataset[]): void =>
  writeFileSync(file, `${JSON.stringify({ formatVersion: FORMAT_VERSION, datasets: today }, undefined, 2)}\n`);
