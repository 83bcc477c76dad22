import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { GlueClient, paginateGetTables } from '@aws-sdk/client-glue';
import { databaseName, type StageSettings } from '../../lib/settings';
import { UsageError } from '../command-line';
import type { AssemblyStack } from '../preflight/assembly/assembly';
import type { Template } from '../preflight/assembly/template';
import { ifFound, isNoStack } from '../preflight/aws/errors';
import { guard } from '../preflight/aws/guard';
import { configuredRegion } from '../preflight/aws/region';
import { stacksOfStage } from '../preflight/aws/stage-stacks';
import { HELD, isHeld } from './held';
import type { Orphan } from './print';
import type { StackTemplates } from './resources';
import type { DeployedTable } from './tables';

/** An unreachable endpoint must not keep a pipeline waiting. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true };

/** A stage as it is in the account, beside what would be deployed. */
export interface DeployedStage {
  /** Those of today's stacks that exist. */
  readonly stacks: readonly StackTemplates[];
  /** Of the curated database, those that Athena projects. */
  readonly tables: readonly DeployedTable[];
  /** Stacks of the stage that today's code does not make. */
  readonly orphans: readonly Orphan[];
}

/**
 * Reads templates, names of resources and tables with the credentials of the AWS SDK. It changes nothing.
 *
 * @param today what would be deployed
 * @throws UsageError when there is no region, or the stage is not deployed there
 */
export async function readStage(stage: StageSettings, today: readonly AssemblyStack[]): Promise<DeployedStage> {
  const region = stage.region ?? (await configuredRegion());
  if (region === undefined) {
    const fix = `set AWS_REGION, or \`region\` in config/stages/${stage.name}.ts`;
    throw new UsageError('--stage', `no region is known for ${stage.name}`, fix);
  }
  const config = { region, maxAttempts: 4, requestHandler: TIMEOUTS };
  const cloudFormation = guard(new CloudFormationClient(config));
  const glue = guard(new GlueClient(config));
  try {
    const stacks: StackTemplates[] = [];
    for (const { name, template } of today) {
      const before = await templateOf(cloudFormation, name);
      if (before !== undefined) {
        stacks.push({ stack: name, before, after: template, names: await namesIn(cloudFormation, name) });
      }
    }
    if (stacks.length === 0) {
      const fix = `deploy it (npx cdk deploy '${stage.name}/*'), or use the account and region that it is in`;
      throw new UsageError('--stage', `no stack of ${stage.name} is in ${region}`, fix);
    }
    const known = new Set(today.map(({ name }) => name));
    const orphans: Orphan[] = [];
    for (const name of await stackNames(cloudFormation, stage)) {
      const template = known.has(name) ? undefined : await templateOf(cloudFormation, name);
      if (template !== undefined) orphans.push({ stack: name, holds: holdsOf(template) });
    }
    return { stacks, tables: await tablesOf(glue, databaseName(stage, 'curated')), orphans };
  } finally {
    cloudFormation.destroy();
    glue.destroy();
  }
}

async function stackNames(client: CloudFormationClient, stage: StageSettings): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { StackName, StackStatus } of stacksOfStage(client, stage)) {
    // One that is in review has no template yet.
    if (StackStatus !== 'REVIEW_IN_PROGRESS') names.push(StackName);
  }
  return names.sort();
}

const holdsOf = ({ Resources }: Template): readonly string[] => [
  ...new Set(Object.values(Resources).flatMap((resource) => (isHeld(resource) ? (HELD[resource.Type] ?? []) : []))),
];

async function templateOf(client: CloudFormationClient, StackName: string): Promise<Template | undefined> {
  const answer = await ifFound(client.send(new GetTemplateCommand({ StackName })), isNoStack);
  if (answer === undefined) return undefined;
  try {
    return JSON.parse(answer.TemplateBody ?? '') as Template;
  } catch (cause) {
    throw new Error(`The template of ${StackName} is not JSON: it was not deployed by the CDK.`, { cause });
  }
}

async function namesIn(client: CloudFormationClient, StackName: string): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    for (const { LogicalResourceId, PhysicalResourceId } of StackResourceSummaries) {
      if (LogicalResourceId !== undefined && PhysicalResourceId !== undefined)
        names.set(LogicalResourceId, PhysicalResourceId);
    }
  }
  return names;
}

async function tablesOf(client: GlueClient, DatabaseName: string): Promise<readonly DeployedTable[]> {
  const found: DeployedTable[] = [];
  const read = async (): Promise<void> => {
    for await (const { TableList = [] } of paginateGetTables({ client }, { DatabaseName })) found.push(...TableList);
  };
  await ifFound(read());
  // Whoever may write the database can put tables and views of their own beside those of datasets.
  return found.filter(({ Parameters }) => Parameters?.['projection.enabled'] === 'true');
}
