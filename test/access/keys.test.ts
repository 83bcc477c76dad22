import { byResource, type PolicyDocument } from '../support/iam';
import { PLACE } from '../support/iam/cloudformation';
import { EXCESS } from './excess';
import { keyNeeds } from './key-needs';
import { LakeUnderTest } from './lake';
import { takeAway } from './take-away';

const lake = new LakeUnderTest({ crawler: { mode: 'event' }, monthlyBudget: 100 });
const needs = keyNeeds(lake.templates);

const keys = lake.templates.ofType('AWS::KMS::Key').map((key) => {
  const policy = key.properties.KeyPolicy as PolicyDocument;
  const [account, ...services] = policy.Statement;
  return { name: key.id.replace(/[0-9A-F]{8}$/, ''), arn: lake.templates.arn(key), policy, account, services };
});

const unmet = (arn: string, policy: PolicyDocument): readonly string[] =>
  needs
    .filter(({ resource }) => resource === arn)
    .filter(({ role, action, resource, context = {} }) => {
      const caller = { principal: role, account: PLACE.account };
      return byResource(policy, caller, { action, resource, context }) !== 'allowed';
    })
    .map(({ role, action, why }) => `${why}: ${action} is refused to ${role}`);

test('services need keys, and only keys of the templates', () => {
  expect(needs.length).toBeGreaterThan(0);
  expect(needs.filter(({ resource }) => !keys.some(({ arn }) => arn === resource))).toEqual([]);
});

describe.each(keys.map((key) => [key.name, key] as const))('%s', (name, { arn, policy, account, services }) => {
  test('leaves its use by roles to IAM of the account', () => {
    expect(account).toEqual({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${PLACE.account}:root` },
      Action: 'kms:*',
      Resource: '*',
    });
  });

  test('lets services use it that act by themselves', () => {
    expect(unmet(arn, policy)).toEqual([]);
  });

  test('lets no service of another account use it, nor any other service', () => {
    for (const { role, action, context } of needs.filter(({ resource }) => resource === arn)) {
      const asks = (principal: string, other: Readonly<Record<string, string>>) =>
        byResource(policy, { principal, account: PLACE.account }, { action, resource: arn, context: other });
      expect(asks('service:ec2.amazonaws.com', context ?? {})).toBe('not allowed');
      // CloudWatch names no account; the policy of its topic does.
      if (role === 'service:cloudwatch.amazonaws.com') continue;
      const elsewhere = Object.entries(context ?? {}).map(([key, value]) => [
        key,
        value.replaceAll(PLACE.account, '999988887777'),
      ]);
      expect(asks(role, Object.fromEntries(elsewhere))).toBe('not allowed');
    }
  });

  test('names no service and no action that nothing needs', () => {
    const unnoticed = takeAway([{ Statement: services }])
      .filter(({ what }) => !what.startsWith('the condition'))
      .filter(({ policies: [changed] }) => unmet(arn, changed ?? policy).length === 0)
      .map(({ what }) => what);
    expect(unnoticed).toEqual(EXCESS.filter(({ role }) => role === name).map(({ what }) => what));
  });
});
