import { list } from '../support/iam';
import { PLACE, type ResolvedTemplates, type Resource } from '../support/iam/cloudformation';
import { type Need, need } from './need';

/** What CloudWatch Logs asks of the key of a log group, as its documentation lists it. */
const LOG_GROUP = [
  ...['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'DescribeKey'],
  ...['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
];
/** What a service asks of a key that sends to something encrypted. */
const SEND = ['Decrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'];

const OWN = { 'aws:SourceAccount': PLACE.account };

/** What services do with keys by themselves, with no role: only the policy of the key can allow it. */
export const keyNeeds = (templates: ResolvedTemplates): readonly Need[] => [
  ...logGroupNeeds(templates),
  ...alarmNeeds(templates),
  ...budgetNeeds(templates),
  ...deliveryNeeds(templates),
  ...notificationNeeds(templates),
];

const logGroupNeeds = (templates: ResolvedTemplates): readonly Need[] =>
  templates.ofType('AWS::Logs::LogGroup').flatMap((group) => {
    const { KmsKeyId } = group.properties;
    if (KmsKeyId === undefined) return [];
    const context = { 'kms:EncryptionContext:aws:logs:arn': templates.arn(group) };
    return uses(`logs.${PLACE.region}.amazonaws.com`, LOG_GROUP, KmsKeyId, `${group.id} is encrypted`, context);
  });

/** By the ARN of a topic. */
const topicKeys = (templates: ResolvedTemplates): ReadonlyMap<string, string | undefined> =>
  new Map(
    templates
      .ofType('AWS::SNS::Topic')
      .map((topic) => [templates.arn(topic), keyArn(templates, topic.properties.KmsMasterKeyId)]),
  );

/** Budgets send to topics. */
const budgetNeeds = (templates: ResolvedTemplates): readonly Need[] =>
  templates.ofType('AWS::Budgets::Budget').flatMap(({ properties }) =>
    list<{ Subscribers: readonly { Address: string }[] }>(properties.NotificationsWithSubscribers)
      .flatMap(({ Subscribers }) => Subscribers)
      .flatMap(({ Address }) =>
        uses(
          'budgets.amazonaws.com',
          SEND,
          topicKeys(templates).get(Address),
          'a budget sends to an encrypted topic',
          OWN,
        ),
      ),
  );

/** Alarms send to topics. CloudWatch tells KMS of no account. */
function alarmNeeds(templates: ResolvedTemplates): readonly Need[] {
  const keys = topicKeys(templates);
  return templates
    .ofType('AWS::CloudWatch::Alarm')
    .flatMap(({ id, properties }) =>
      list<string>(properties.AlarmActions).flatMap((topic) =>
        uses('cloudwatch.amazonaws.com', SEND, keys.get(topic), `the alarm ${id} sends to an encrypted topic`, {}),
      ),
    );
}

/** Logs of state machines are delivered to log groups. */
const deliveryNeeds = (templates: ResolvedTemplates): readonly Need[] =>
  templates
    .ofType('AWS::StepFunctions::StateMachine')
    .flatMap(({ id, properties }) =>
      list<{ CloudWatchLogsLogGroup: { LogGroupArn: string } }>(properties.LoggingConfiguration?.Destinations).flatMap(
        ({ CloudWatchLogsLogGroup: { LogGroupArn } }) =>
          uses(
            'delivery.logs.amazonaws.com',
            SEND,
            groupOf(templates, LogGroupArn)?.properties.KmsKeyId,
            `the logs of ${id} are delivered to an encrypted group`,
            OWN,
          ),
      ),
    );

/** A bucket sends to queues. */
function notificationNeeds(templates: ResolvedTemplates): readonly Need[] {
  const keys = new Map(
    templates.ofType('AWS::SQS::Queue').map((queue) => [templates.arn(queue), queue.properties.KmsMasterKeyId]),
  );
  return templates
    .ofType('AWS::S3::Bucket')
    .flatMap(({ id, properties }) =>
      list<{ Queue: string }>(properties.NotificationConfiguration?.QueueConfigurations).flatMap(({ Queue }) =>
        uses('s3.amazonaws.com', SEND, keyArn(templates, keys.get(Queue)), `${id} sends to an encrypted queue`, OWN),
      ),
    );
}

const groupOf = (templates: ResolvedTemplates, arn: string): Resource | undefined =>
  templates.ofType('AWS::Logs::LogGroup').find((group) => `${templates.arn(group)}:*` === arn);

const keyArn = (templates: ResolvedTemplates, key: string | undefined): string | undefined =>
  templates
    .ofType('AWS::KMS::Key')
    .map(templates.arn)
    .find((arn) => key !== undefined && (arn === key || arn.endsWith(`/${key}`)));

const uses = (
  service: string,
  actions: readonly string[],
  key: string | undefined,
  why: string,
  context: Need['context'],
): readonly Need[] =>
  key === undefined ? [] : actions.map((action) => need(`service:${service}`, `kms:${action}`, key, why, context));
