import { PLACE, type ResolvedTemplates } from '../support/iam/cloudformation';
import { type Need, need, SOME_OBJECT } from './need';

/** Calls of a crawler that creates and updates tables, as the documentation of Glue lists them. */
const DATABASE_CALLS = ['GetDatabase'];
const TABLE_CALLS = [
  ...['GetTable', 'GetTables', 'CreateTable', 'UpdateTable', 'GetPartition', 'GetPartitions', 'BatchGetPartition'],
  ...['CreatePartition', 'BatchCreatePartition', 'UpdatePartition', 'BatchUpdatePartition'],
];
const LOG_CALLS = ['CreateLogGroup', 'CreateLogStream', 'PutLogEvents', 'AssociateKmsKey'];
const QUEUE_CALLS = [
  ...['ReceiveMessage', 'DeleteMessage', 'PurgeQueue', 'GetQueueUrl', 'GetQueueAttributes'],
  ...['SetQueueAttributes', 'ListQueueTags', 'ListDeadLetterSourceQueues', 'SendMessage'],
];

interface S3Target {
  readonly Path: string;
  readonly EventQueueArn?: string;
  readonly DlqEventQueueArn?: string;
}

export const crawlerNeeds = (templates: ResolvedTemplates): readonly Need[] =>
  templates.ofType('AWS::Glue::Crawler').flatMap(({ id, properties }) => {
    const { Role, DatabaseName, Targets } = properties;
    const call = (action: string, resource: string, why: string, context?: Need['context']): Need =>
      need(Role, action, resource, `the crawler ${id} ${why}`, context);
    const here = (service: string, resource: string) =>
      `arn:aws:${service}:${PLACE.region}:${PLACE.account}:${resource}`;
    const database = [here('glue', 'catalog'), here('glue', `database/${DatabaseName}`)];
    const table = here('glue', `table/${DatabaseName}/orders`);
    const logs = here('logs', `log-group:/aws-glue/crawlers-role/${Role.split('/').at(-1)}:log-stream:${id}`);
    return [
      ...(Targets.S3Targets as S3Target[]).flatMap(({ Path, EventQueueArn, DlqEventQueueArn }) => {
        const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(Path) ?? [];
        const arn = `arn:aws:s3:::${bucket}`;
        return [
          call('s3:GetBucketLocation', arn, 'finds its bucket'),
          call('s3:ListBucket', arn, 'lists its target', { 's3:prefix': prefix }),
          call('s3:ListBucket', arn, 'lists its target without the slash', { 's3:prefix': prefix.replace(/\/$/, '') }),
          // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html#API_HeadObject_RequestSyntax, Permissions
          call('s3:ListBucket', arn, 'is told by 404 that a key is missing'),
          call('s3:ListBucket', arn, 'lists folders', { 's3:prefix': `${prefix}orders/` }),
          call('s3:GetObject', `${arn}/${prefix}${SOME_OBJECT}`, 'reads objects'),
          ...[EventQueueArn, DlqEventQueueArn].flatMap((queue) =>
            queue === undefined
              ? []
              : QUEUE_CALLS.map((action) => call(`sqs:${action}`, queue, 'works off events of objects')),
          ),
        ];
      }),
      ...DATABASE_CALLS.flatMap((action) => database.map((one) => call(`glue:${action}`, one, 'writes tables'))),
      ...TABLE_CALLS.flatMap((action) =>
        [...database, table].map((one) => call(`glue:${action}`, one, 'writes tables')),
      ),
      call('glue:GetSecurityConfiguration', '*', 'reads its security configuration'),
      ...LOG_CALLS.map((action) => call(`logs:${action}`, logs, 'writes logs')),
    ];
  });
