import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { SmokeCheck } from '../check';

/** Lambda tries an asynchronous event three times, after one and after two minutes. */
const SECONDS = 480;
/** No dataset has such a name. */
const NO_DATASET = '(smoke test)';

/**
 * An event that fails for good arrives where the runbook says. Its message is deleted again, and no other. Raises the alarm
 * of the queue for some minutes. Costs nothing worth counting.
 */
export const deadLetters: SmokeCheck = {
  id: 'dead-letters',
  proves:
    'an event that the compactor fails three times is in the dead-letter queue, encrypted with the operations key',
  answers: { 'AWS::SQS::Queue': ['encryption with the key'] },
  permissions: ['lambda:InvokeFunction', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'kms:Decrypt'],
  notEmulated: 'the emulator brings no asynchronous event to the queue in time',
  async run({ resources, clients, output, until }) {
    const compactor = (await resources('compaction')).find(
      ({ type, logicalId }) => type === 'AWS::Lambda::Function' && logicalId.startsWith('Compactor'),
    );
    const QueueUrl = await output('compaction', 'DeadLettersUrl');
    const Payload = Buffer.from(JSON.stringify({ kind: 'compact', dataset: NO_DATASET, partition: '' }));
    await clients.lambda.send(new InvokeCommand({ FunctionName: compactor?.id, InvocationType: 'Event', Payload }));
    return await until('dead letter', SECONDS, async () => {
      // Others become visible again at once: they are somebody's work.
      const { Messages = [] } = await clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1, WaitTimeSeconds: 1 }),
      );
      const own = Messages.filter(({ Body = '' }) => Body.includes(NO_DATASET));
      for (const { ReceiptHandle } of own) {
        await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      return own.length > 0 ? 'it arrived, and was deleted again' : undefined;
    });
  },
};
