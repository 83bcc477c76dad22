import {
  AthenaClient,
  CreateNamedQueryCommand,
  GetWorkGroupCommand,
  ListNamedQueriesCommand,
  ListPreparedStatementsCommand,
  ListQueryExecutionsCommand,
  StartQueryExecutionCommand,
  UpdateWorkGroupCommand,
} from '@aws-sdk/client-athena';
import {
  CreateTableCommand,
  DeleteTableCommand,
  GetTableCommand,
  GlueClient,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import {
  CreateGrantCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Target } from '../../test/support/iam/symbols';
import type { ClientConfiguration } from '../emulator/lake';

/** How a request of the matrix is sent, by a client with somebody's keys. */
export interface Sender {
  /** Changes the lake when it is allowed, so only refusals of it are tried. */
  readonly changes: boolean;
  send(configuration: ClientConfiguration, target: Target): Promise<unknown>;
}

/** As loose as it must be for one function to take the clients of all services; each command is checked where it is made. */
interface Client {
  send(command: never): Promise<unknown>;
}

/** Requests of one service: what a target's ARN says, as the parameters that its commands take. */
const service =
  <P>(Client: new (configuration: ClientConfiguration) => Client, parameters: (target: Target) => P) =>
  (command: (parameters: P) => object, changes = false): Sender => ({
    changes,
    send: async (configuration, target) => {
      await new Client(configuration).send(command(parameters(target)) as never);
    },
  });

const last = (arn: string, separator: string): string => arn.slice(arn.lastIndexOf(separator) + 1);

const s3 = service(S3Client, ({ arn, context }) => {
  const [Bucket = '', ...key] = last(arn, ':').split('/');
  return { Bucket, Key: key.join('/'), Prefix: context['s3:prefix'] };
});

/** An id of the form that Athena gives; no query has it. */
const NO_QUERY = '11111111-2222-3333-4444-555555555555';

const athena = service(AthenaClient, ({ arn }) => ({ WorkGroup: last(arn, '/'), QueryExecutionId: NO_QUERY }));

const glue = service(GlueClient, ({ arn }) => {
  const [, database = '', table = ''] = last(arn, ':').split('/');
  return { DatabaseName: database, Name: table, TableInput: { Name: table } };
});

const kms = service(KMSClient, ({ arn }) => ({ KeyId: arn }));
const lambda = service(LambdaClient, ({ arn }) => ({ FunctionName: last(arn, ':') }));
const states = service(SFNClient, ({ arn }) => ({ stateMachineArn: arn }));
const sns = service(SNSClient, ({ arn }) => ({ TopicArn: arn }));

/**
 * Requests that the emulator decides by IAM, on the resource that they name. Those of tables it decides by their database. Not
 * here is what it decides otherwise: it takes the name of a database alone for that of a table.
 */
export const SENDERS: Readonly<Record<string, Sender>> = {
  's3:GetObject': s3(({ Bucket, Key }) => new GetObjectCommand({ Bucket, Key })),
  's3:GetObjectVersion': s3(({ Bucket, Key }) => new GetObjectCommand({ Bucket, Key, VersionId: 'null' })),
  's3:PutObject': s3(({ Bucket, Key }) => new PutObjectCommand({ Bucket, Key, Body: 'x' })),
  's3:DeleteObject': s3(({ Bucket, Key }) => new DeleteObjectCommand({ Bucket, Key })),
  's3:DeleteObjectVersion': s3(({ Bucket, Key }) => new DeleteObjectCommand({ Bucket, Key, VersionId: 'null' })),
  's3:ListBucket': s3(({ Bucket, Prefix }) => new ListObjectsV2Command({ Bucket, Prefix })),
  's3:ListBucketVersions': s3(({ Bucket, Prefix }) => new ListObjectVersionsCommand({ Bucket, Prefix })),
  's3:ListBucketMultipartUploads': s3(({ Bucket }) => new ListMultipartUploadsCommand({ Bucket })),
  's3:GetBucketLocation': s3(({ Bucket }) => new GetBucketLocationCommand({ Bucket })),
  's3:GetBucketPolicy': s3(({ Bucket }) => new GetBucketPolicyCommand({ Bucket })),
  's3:GetBucketVersioning': s3(({ Bucket }) => new GetBucketVersioningCommand({ Bucket })),
  's3:PutBucketPolicy': s3(({ Bucket }) => new PutBucketPolicyCommand({ Bucket, Policy: '{}' }), true),
  's3:DeleteBucket': s3(({ Bucket }) => new DeleteBucketCommand({ Bucket }), true),
  'athena:StartQueryExecution': athena(
    ({ WorkGroup }) => new StartQueryExecutionCommand({ WorkGroup, QueryString: 'SELECT 1' }),
  ),
  'athena:GetWorkGroup': athena(({ WorkGroup }) => new GetWorkGroupCommand({ WorkGroup })),
  'athena:UpdateWorkGroup': athena(({ WorkGroup }) => new UpdateWorkGroupCommand({ WorkGroup }), true),
  'athena:ListQueryExecutions': athena(({ WorkGroup }) => new ListQueryExecutionsCommand({ WorkGroup })),
  'athena:ListNamedQueries': athena(({ WorkGroup }) => new ListNamedQueriesCommand({ WorkGroup })),
  'athena:ListPreparedStatements': athena(({ WorkGroup }) => new ListPreparedStatementsCommand({ WorkGroup })),
  'athena:CreateNamedQuery': athena(
    ({ WorkGroup }) => new CreateNamedQueryCommand({ WorkGroup, Name: 'x', Database: 'x', QueryString: 'SELECT 1' }),
    true,
  ),
  'glue:GetTable': glue(({ DatabaseName, Name }) => new GetTableCommand({ DatabaseName, Name })),
  'glue:CreateTable': glue(
    ({ DatabaseName, TableInput }) => new CreateTableCommand({ DatabaseName, TableInput }),
    true,
  ),
  'glue:UpdateTable': glue(
    ({ DatabaseName, TableInput }) => new UpdateTableCommand({ DatabaseName, TableInput }),
    true,
  ),
  'glue:DeleteTable': glue(({ DatabaseName, Name }) => new DeleteTableCommand({ DatabaseName, Name }), true),
  'kms:DescribeKey': kms(({ KeyId }) => new DescribeKeyCommand({ KeyId })),
  'kms:GetKeyPolicy': kms(({ KeyId }) => new GetKeyPolicyCommand({ KeyId })),
  'kms:GenerateDataKey': kms(({ KeyId }) => new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
  'kms:PutKeyPolicy': kms(({ KeyId }) => new PutKeyPolicyCommand({ KeyId, Policy: '{}' }), true),
  'kms:ScheduleKeyDeletion': kms(({ KeyId }) => new ScheduleKeyDeletionCommand({ KeyId }), true),
  'kms:CreateGrant': kms(
    ({ KeyId }) =>
      new CreateGrantCommand({ KeyId, GranteePrincipal: 'arn:aws:iam::000000000000:root', Operations: ['Decrypt'] }),
    true,
  ),
  'lambda:GetFunctionConfiguration': lambda((one) => new GetFunctionConfigurationCommand(one)),
  'lambda:UpdateFunctionCode': lambda(
    (one) => new UpdateFunctionCodeCommand({ ...one, S3Bucket: 'x', S3Key: 'x' }),
    true,
  ),
  'lambda:PutFunctionConcurrency': lambda(
    (one) => new PutFunctionConcurrencyCommand({ ...one, ReservedConcurrentExecutions: 0 }),
    true,
  ),
  'states:DescribeStateMachine': states((one) => new DescribeStateMachineCommand(one)),
  'states:ListExecutions': states((one) => new ListExecutionsCommand(one)),
  'states:StartExecution': states((one) => new StartExecutionCommand(one), true),
  'states:DeleteStateMachine': states((one) => new DeleteStateMachineCommand(one), true),
  'sns:GetTopicAttributes': sns((one) => new GetTopicAttributesCommand(one)),
};
