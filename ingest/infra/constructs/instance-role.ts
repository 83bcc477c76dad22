import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { JustifiedPolicy } from '../../../lib/compliance';
import { datasetsByPolicy, ingestStatements } from '../../../lib/constructs/access';
import { ScopedRole } from '../../../lib/constructs/scoped-role';

export interface InstanceRoleProps {
  readonly rawBucket: IBucket;
  readonly dataKey: IKey;
  readonly operationsKey: IKey;
  /** Names of the datasets that take events. */
  readonly datasets: readonly string[];
  readonly repository: IRepository;
  readonly logGroup: ILogGroup;
  /** Name of the Auto Scaling group. */
  readonly groupName: string;
  /** Password of the rate-limit store, where there is one. */
  readonly secret: ISecret | undefined;
}

/**
 * What an instance may do. Of the lake's data: put events under the prefixes of its datasets, nothing else. Beyond that,
 * what it takes to start, log and end: its image, its log group, its own place in the group, Session Manager.
 *
 * @example
 * ```ts
 * new InstanceRole(stack, 'Role', {
 *   rawBucket: storage.rawBucket,
 *   dataKey: storage.dataKey,
 *   operationsKey: storage.operationsKey,
 *   datasets: ['orders'],
 *   repository,
 *   logGroup,
 *   groupName: 'lake-prod-ingest',
 *   secret: undefined,
 * });
 * ```
 */
export class InstanceRole extends Construct {
  readonly role: ScopedRole;

  constructor(scope: Construct, id: string, props: InstanceRoleProps) {
    super(scope, id);
    const { datasets, logGroup, repository } = props;
    this.role = new ScopedRole(this, 'Role', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      description: 'Instances of the ingest tier',
      statements: [
        new PolicyStatement({
          sid: 'PullTheImage',
          actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
          resources: [repository.repositoryArn],
        }),
        new PolicyStatement({
          sid: 'WriteLogs',
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
        {
          statement: new PolicyStatement({
            sid: 'EndLifecycleHooks',
            actions: ['autoscaling:CompleteLifecycleAction'],
            resources: [groupArn(this, props.groupName)],
          }),
          wildcard: 'An id of AWS stands before the name of a group; the name, at the end, is given.',
        },
        new PolicyStatement({
          sid: 'ReportToTheStack',
          actions: ['cloudformation:SignalResource'],
          resources: [Aws.STACK_ID],
        }),
        {
          statement: new PolicyStatement({
            sid: 'NoResourcesExist',
            actions: [
              'ecr:GetAuthorizationToken',
              'ssm:UpdateInstanceInformation',
              'ssmmessages:CreateControlChannel',
              'ssmmessages:CreateDataChannel',
              'ssmmessages:OpenControlChannel',
              'ssmmessages:OpenDataChannel',
            ],
            resources: ['*'],
          }),
          wildcard:
            'The login to ECR and the channels of Session Manager know no resources: IAM accepts only * for these actions.',
        },
        ...secretStatements(props),
      ],
    });
    for (const [index, some] of datasetsByPolicy(datasets).entries()) this.allowEvents(props, some, index + 1);
  }

  /** In policies of their own, because a policy is at most 6,144 characters long, and a lake may have many datasets. */
  private allowEvents(props: InstanceRoleProps, datasets: readonly string[], number: number): void {
    new JustifiedPolicy(this, `Events${number}`, {
      description: 'Puts events into the raw zone',
      statements: ingestStatements(props, datasets),
      roles: [this.role],
    });
  }
}

function secretStatements({ secret, operationsKey }: InstanceRoleProps): PolicyStatement[] {
  if (secret === undefined) return [];
  return [
    new PolicyStatement({
      sid: 'ReadThePasswordOfTheStore',
      actions: ['secretsmanager:GetSecretValue'],
      resources: [secret.secretArn],
    }),
    new PolicyStatement({
      sid: 'DecryptThePasswordOfTheStore',
      actions: ['kms:Decrypt'],
      resources: [operationsKey.keyArn],
      conditions: {
        StringEquals: {
          'kms:ViaService': `secretsmanager.${Stack.of(secret).region}.amazonaws.com`,
          'kms:EncryptionContext:SecretARN': secret.secretArn,
        },
      },
    }),
  ];
}

const groupArn = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'autoscaling',
    resource: 'autoScalingGroup',
    resourceName: `*:autoScalingGroupName/${name}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
