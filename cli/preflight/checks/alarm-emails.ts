import { paginateListSubscriptionsByTopic } from '@aws-sdk/client-sns';
import { stackPermissions } from '../account/stacks';
import { type Check, type Finding, ok, warning } from '../check';
import type { Context } from '../context';
import { arn } from '../scope';

/** Names that are reserved for documentation and tests (RFC 2606, RFC 6761): no mail ever arrives there. */
const PLACEHOLDER = /@(?:.+\.)?(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$/i;

export const alarmEmails: Check = {
  id: 'alarm-emails',
  permissions: (scope) => [
    ...stackPermissions(scope),
    {
      action: 'sns:ListSubscriptionsByTopic',
      resource: arn(scope, 'sns', `${scope.settings.prefix}-${scope.settings.name}-*`),
    },
  ],
  async run(context) {
    const { alarmEmails: emails, name } = context.settings;
    const file = `config/stages/${name}.ts`;
    if (emails.length === 0) {
      return [
        warning('no address receives alarms', `Set alarmEmails in ${file}, or subscribe something else to the topic.`),
      ];
    }
    const placeholders = emails.filter((email) => PLACEHOLDER.test(email));
    const findings: Finding[] = placeholders.map((email) =>
      warning(`no mail can arrive at ${email}`, `Write a real address into alarmEmails in ${file}.`),
    );
    const pending = await unconfirmed(context);
    findings.push(
      ...pending
        .filter((email) => !placeholders.includes(email))
        .map((email) =>
          warning(
            `${email} has not confirmed its subscription, so alarms do not reach it`,
            'Open the mail "AWS Notification - Subscription Confirmation" and follow its link. It is valid for three days; after that deploy without the address and then with it again.',
          ),
        ),
    );
    return findings.length > 0 ? findings : [ok(`alarms go to ${emails.join(', ')}`)];
  },
};

/** Addresses of a topic that is deployed already and whose mail nobody has answered. */
async function unconfirmed({ aws, settings, deployed }: Context): Promise<readonly string[]> {
  const topics = (await deployed())
    .flatMap(({ resources }) => resources)
    .filter(({ type, physicalId }) => type === 'AWS::SNS::Topic' && physicalId !== '');
  const pending: string[] = [];
  for (const { physicalId } of topics) {
    const pages = paginateListSubscriptionsByTopic({ client: aws.sns }, { TopicArn: physicalId });
    for await (const { Subscriptions = [] } of pages) {
      for (const { Endpoint = '', SubscriptionArn } of Subscriptions) {
        if (SubscriptionArn === 'PendingConfirmation' && settings.alarmEmails.includes(Endpoint))
          pending.push(Endpoint);
      }
    }
  }
  return pending;
}
