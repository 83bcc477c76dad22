import {
  PublishCommand,
  paginateListSubscriptionsByTopic,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { resourceName } from '../../../lib/settings';
import { ifFound } from '../../preflight/aws/errors';
import type { SmokeCheck } from '../check';
import type { SmokeContext } from '../context';

const SUBJECT = 'Smoke test of the data lake: nothing to do';

/**
 * A subscriber hears what is published to the alarm topic. For a minute a queue is subscribed to it. Everybody who is
 * subscribed gets one message, which says that it is a test. Costs nothing worth counting.
 */
export const notice: SmokeCheck = {
  id: 'notice',
  proves: 'a message to the alarm topic, which is encrypted with the operations key, reaches a subscriber',
  answers: { 'AWS::SNS::Topic': ['encryption with the key'] },
  permissions: [
    ...['sns:Publish', 'sns:Subscribe', 'sns:Unsubscribe', 'kms:GenerateDataKey'],
    ...['sqs:CreateQueue', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:DeleteQueue'],
  ],
  remove: removeQueue,
  async run(context) {
    const { clients, output, until } = context;
    const TopicArn = (await output('storage', 'AlarmTopicArn')) ?? '';
    return await withQueue(context, TopicArn, async (QueueUrl) => {
      const Message = `${SUBJECT}. Stage ${context.settings.name}, ${new Date().toISOString()}`;
      await clients.sns.send(new PublishCommand({ TopicArn, Subject: SUBJECT, Message }));
      return await until('message of the alarm topic', 60, async () => {
        const { Messages = [] } = await clients.sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
        );
        return Messages.some(({ Body = '' }) => Body.includes(Message)) ? 'a queue got it' : undefined;
      });
    });
  },
};

/** Removes the queue and the subscription that a killed run left. */
async function removeQueue({ clients, settings, output }: SmokeContext): Promise<void> {
  const QueueName = resourceName(settings, 'smoke');
  const found = await ifFound(clients.sqs.send(new GetQueueUrlCommand({ QueueName })), isNoQueue);
  if (found === undefined) return;
  const pages = paginateListSubscriptionsByTopic(
    { client: clients.sns },
    { TopicArn: (await output('storage', 'AlarmTopicArn')) ?? '' },
  );
  for await (const { Subscriptions = [] } of pages) {
    for (const { Endpoint = '', SubscriptionArn } of Subscriptions) {
      if (Endpoint.endsWith(`:${QueueName}`)) await clients.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    }
  }
  await clients.sqs.send(new DeleteQueueCommand({ QueueUrl: found.QueueUrl }));
}

const isNoQueue = (error: unknown): boolean =>
  error instanceof Error && /QueueDoesNotExist|NonExistentQueue/.test(error.name);

/** The queue has a fixed name, by which `--clean` finds what a killed run left. */
async function withQueue<T>(
  { clients, settings }: SmokeContext,
  TopicArn: string,
  use: (queueUrl: string) => Promise<T>,
): Promise<T> {
  const { QueueUrl = '' } = await clients.sqs.send(
    new CreateQueueCommand({
      QueueName: resourceName(settings, 'smoke'),
      Attributes: { Policy: policyOf(TopicArn), MessageRetentionPeriod: '3600', SqsManagedSseEnabled: 'true' },
    }),
  );
  let SubscriptionArn: string | undefined;
  try {
    const { Attributes = {} } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    ({ SubscriptionArn } = await clients.sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: Attributes.QueueArn,
        ReturnSubscriptionArn: true,
      }),
    ));
    return await use(QueueUrl);
  } finally {
    if (SubscriptionArn !== undefined) await clients.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    await clients.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  }
}

const policyOf = (topic: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: '*',
        Condition: { ArnEquals: { 'aws:SourceArn': topic } },
      },
    ],
  });
