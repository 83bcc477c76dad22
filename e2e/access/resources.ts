import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import type { StageSettings } from '../../lib/settings';
import type { Deployed } from '../../test/support/iam/symbols';
import type { EmulatedLake } from '../emulator/lake';
import { ACCOUNT, REGION } from '../emulator/ministack';

type PhysicalId = (id: string) => string;

const regional =
  (service: string): PhysicalId =>
  (id) =>
    id.startsWith('arn:') ? id : `arn:aws:${service}:${REGION}:${ACCOUNT}:${id}`;

/** How a physical id becomes an ARN. */
const ARNS: Readonly<Record<string, PhysicalId>> = {
  'AWS::S3::Bucket': (id) => `arn:aws:s3:::${id}`,
  'AWS::KMS::Key': (id) => regional('kms')(id.startsWith('arn:') ? id : `key/${id}`),
  'AWS::SQS::Queue': (id) => regional('sqs')(id.split('/').at(-1) ?? id),
  'AWS::SNS::Topic': regional('sns'),
  'AWS::Lambda::Function': (id) => regional('lambda')(id.startsWith('arn:') ? id : `function:${id}`),
  'AWS::Logs::LogGroup': (id) => regional('logs')(id.startsWith('arn:') ? id : `log-group:${id}`),
};

interface Created {
  readonly stack: string;
  readonly type: string;
  readonly logicalId: string;
  readonly physicalId: string;
}

/** What the stacks have created, so that the access matrix can be read against the deployed lake. */
export class DeployedResources implements Deployed {
  readonly account = ACCOUNT;
  readonly region = REGION;

  private constructor(
    readonly settings: StageSettings,
    readonly all: readonly Created[],
  ) {}

  static async read(lake: EmulatedLake): Promise<DeployedResources> {
    const client = lake.client(CloudFormationClient);
    const found: Created[] = [];
    for (const stack of Object.keys(lake.outputs)) {
      let NextToken: string | undefined;
      do {
        const page = await client.send(new ListStackResourcesCommand({ StackName: lake.stackName(stack), NextToken }));
        for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
          const names = { logicalId: LogicalResourceId ?? '', physicalId: PhysicalResourceId ?? '' };
          found.push({ stack, type: ResourceType ?? '', ...names });
        }
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
    }
    return new DeployedResources(lake.settings, found);
  }

  arnOf(stack: string, type: string, idPrefix: string): string {
    const toArn = ARNS[type];
    if (toArn === undefined) throw new Error(`No ARN of ${type} is known here`);
    const [one, ...others] = this.all.filter(
      (created) => created.stack === stack && created.type === type && created.logicalId.startsWith(idPrefix),
    );
    if (one === undefined || others.length > 0) throw new Error(`Not one ${type} in ${stack} begins with ${idPrefix}`);
    return toArn(one.physicalId);
  }
}
