import { DescribeStacksCommand, GetTemplateCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { GetTableCommand } from '@aws-sdk/client-glue';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { databaseName, resourceName } from '../../../lib/settings';
import { Skipped, type SmokeCheck } from '../check';
import type { SmokeContext } from '../context';

const SECONDS = 900;
const MARK = ' (smoke test)';
/** Longest template within a request: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MOST_BYTES = 51_200;

/**
 * CloudFormation updates the catalog in place: the description of a table changes, and nothing else of it. Then the stack is as
 * it was deployed again. If it is interrupted in between, `cdk deploy` restores the description. Costs nothing.
 */
export const update: SmokeCheck = {
  id: 'update',
  proves: 'an update with a changed description changes the description alone, and is taken back',
  answers: {},
  asked: 'update',
  permissions: [
    ...['cloudformation:GetTemplate', 'cloudformation:UpdateStack', 'cloudformation:DescribeStacks', 'iam:PassRole'],
    ...['glue:GetTable', 's3:PutObject', 's3:GetObject', 's3:DeleteObject'],
  ],
  notEmulated: 'the group changes of test:deploy updates a stage there',
  async run(context) {
    const { clients, settings, reserved } = context;
    if (settings.manyDatasets !== undefined) throw new Skipped('tables are in several stacks: update one by hand');
    const StackName = resourceName(settings, 'catalog');
    const { TemplateBody = '' } = await clients.cloudFormation.send(new GetTemplateCommand({ StackName }));
    const deployed = JSON.parse(TemplateBody) as Template;
    const { changed, description } = withMark(deployed, reserved.dataset.name);
    const before = await tableOf(context);
    await updateTo(context, StackName, changed);
    const during = await tableOf(context);
    await updateTo(context, StackName, deployed);
    const after = await tableOf(context);
    if (during.Description !== `${description}${MARK}`) {
      throw new Error(`after the update, the description is still "${during.Description}"`);
    }
    for (const [when, { Description: _, ...now }] of [
      ['changed', during],
      ['restored', after],
    ] as const) {
      const { Description: __, ...was } = before;
      if (JSON.stringify(now) !== JSON.stringify(was)) throw new Error(`the ${when} table differs in more than that`);
    }
    if (after.Description !== before.Description) throw new Error(`it was not taken back: "${after.Description}"`);
    return `${StackName}, the description of ${reserved.dataset.name}`;
  },
};

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Properties }>>;
}
interface Properties {
  readonly TableInput?: { readonly Name?: unknown; readonly Description?: unknown };
}

/** The template with another description of the tables of a name. */
function withMark(template: Template, name: string): { readonly changed: Template; readonly description: string } {
  let description: string | undefined;
  const entries = Object.entries(template.Resources).map(([id, resource]) => {
    const { TableInput } = resource.Properties ?? {};
    if (resource.Type !== 'AWS::Glue::Table' || TableInput?.Name !== name) return [id, resource] as const;
    if (typeof TableInput.Description !== 'string') return [id, resource] as const;
    description = TableInput.Description;
    const changed = { ...TableInput, Description: `${TableInput.Description}${MARK}` };
    return [id, { ...resource, Properties: { ...resource.Properties, TableInput: changed } }] as const;
  });
  if (description === undefined) throw new Error(`the catalog stack has no table ${name} with a description`);
  return { changed: { ...template, Resources: Object.fromEntries(entries) }, description };
}

/** The curated table, without what every update changes. */
async function tableOf({ clients, settings, reserved }: SmokeContext) {
  const { Table } = await clients.glue.send(
    new GetTableCommand({ DatabaseName: databaseName(settings, 'curated'), Name: reserved.dataset.name }),
  );
  return {
    Description: Table?.Description,
    Parameters: Table?.Parameters,
    PartitionKeys: Table?.PartitionKeys,
    StorageDescriptor: Table?.StorageDescriptor,
  };
}

/** Where an object is, by the rules of the SDK: each partition of AWS has a domain of its own. */
const urlOf = (s3: S3Client, Region: string, Bucket: string, Key: string): string =>
  new URL(Key, s3.config.endpointProvider({ Region, Bucket }).url).href;

/** Updates a stack with the parameters, tags and role that it has. @throws Error when CloudFormation rolls back */
async function updateTo(context: SmokeContext, StackName: string, template: Template): Promise<void> {
  const { clients, lake, until } = context;
  const { cloudFormation } = clients;
  const describe = async () => (await cloudFormation.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  const stack = await describe();
  const text = JSON.stringify(template);
  const Key = `smoke/${StackName}.json`;
  const Bucket = lake.buckets.curated;
  const isLarge = Buffer.byteLength(text) > MOST_BYTES;
  if (isLarge) await lake.s3.send(new PutObjectCommand({ Bucket, Key, Body: text }));
  try {
    await cloudFormation.send(
      new UpdateStackCommand({
        StackName,
        ...(isLarge ? { TemplateURL: urlOf(lake.s3, context.region, Bucket, Key) } : { TemplateBody: text }),
        Capabilities: ['CAPABILITY_NAMED_IAM'],
        Parameters: (stack?.Parameters ?? []).map(({ ParameterKey }) => ({ ParameterKey, UsePreviousValue: true })),
        Tags: stack?.Tags ?? [],
      }),
    );
    const status = await until(`end of the update of ${StackName}`, SECONDS, async () => {
      const { StackStatus = '' } = (await describe()) ?? {};
      return /_IN_PROGRESS$/.test(StackStatus) ? undefined : StackStatus;
    });
    if (status !== 'UPDATE_COMPLETE') throw new Error(`the update of ${StackName} ended as ${status}`);
  } finally {
    if (isLarge) await lake.s3.send(new DeleteObjectCommand({ Bucket, Key }));
  }
}
