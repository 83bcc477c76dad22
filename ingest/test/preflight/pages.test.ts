/** What a check of the ingest tier counts or looks for may be on any page of what AWS lists. */
import { type Answer, quota } from '../../../cli/test/preflight/aws-stand-in';
import { look, told } from '../../../cli/test/preflight/context';
import { MANAGED_RULE_GROUPS } from '../../infra/settings/managed-rules';
import { loadBalancers } from '../../preflight/load-balancers';
import { managedRules } from '../../preflight/managed-rules';
import { vpcs } from '../../preflight/vpcs';

const PAGE_2 = 'the-second-page';

/** Two pages; the first one has the token with which the second is asked for. */
const pages = (first: unknown, second: unknown): Answer => ({
  body: (sent: string) => (sent.includes(PAGE_2) ? second : first),
});

test('VPCs', async () => {
  const page = (ids: readonly string[], more = ''): string =>
    `<R><vpcSet>${ids.map((id) => `<item><vpcId>${id}</vpcId></item>`).join('')}</vpcSet>${more}</R>`;
  const DescribeVpcs = pages(page(['a'], `<nextToken>${PAGE_2}</nextToken>`), page(['b', 'c']));
  const outcome = await look(vpcs, { resources: [['AWS::EC2::VPC']], answers: { ...quota(100), DescribeVpcs } });
  expect(told(outcome)).toEqual(['ok: 4 VPCs of 100 with this stage']);
});

test('load balancers, of which those of networks have a quota of their own', async () => {
  const page = (types: readonly string[], more = ''): string =>
    `<R><DescribeLoadBalancersResult><LoadBalancers>${types
      .map((type) => `<member><Type>${type}</Type></member>`)
      .join('')}</LoadBalancers>${more}</DescribeLoadBalancersResult></R>`;
  const DescribeLoadBalancers = pages(
    page(['application', 'network'], `<NextMarker>${PAGE_2}</NextMarker>`),
    page(['gateway', 'application', 'application']),
  );
  const resources = [['AWS::ElasticLoadBalancingV2::LoadBalancer']] as const;
  const outcome = await look(loadBalancers, { resources, answers: { ...quota(100), DescribeLoadBalancers } });
  expect(told(outcome)).toEqual(['ok: 4 Application Load Balancers of 100 with this stage']);
});

test('versions of managed rules, the default one is told on the first page', async () => {
  const name = 'AWSManagedRulesKnownBadInputsRuleSet';
  const { rules = [], counted = {} } = MANAGED_RULE_GROUPS.find((group) => group.name === name) ?? {};
  const RuleActionOverrides = Object.keys(counted).map((Name) => ({ Name, ActionToUse: { Count: {} } }));
  const group = { VendorName: 'AWS', Name: name, Version: 'Version_1.25', RuleActionOverrides };
  const outcome = await look(managedRules, {
    resources: [['AWS::WAFv2::WebACL', { Rules: [{ Statement: { ManagedRuleGroupStatement: group } }] }]],
    answers: {
      ListAvailableManagedRuleGroupVersions: pages(
        { Versions: [{ Name: 'Version_1.26' }], CurrentDefaultVersion: 'Version_1.25', NextMarker: PAGE_2 },
        { Versions: [{ Name: 'Version_1.25' }] },
      ),
      DescribeManagedRuleGroup: { body: { Rules: rules.map((Name) => ({ Name })) } },
    },
  });
  expect(told(outcome)).toEqual([`ok: ${name}, Version_1.25: the ${rules.length} rules that the template knows`]);
});
