import { jsonFailure } from '../../../cli/test/preflight/aws-stand-in';
import { look, type Resources, told, type World } from '../../../cli/test/preflight/context';
import { MANAGED_RULE_GROUPS } from '../../infra/settings/managed-rules';
import { managedRules } from '../../preflight/managed-rules';

const NAME = 'AWSManagedRulesKnownBadInputsRuleSet';
const { rules: KNOWN = [], counted = {} } = MANAGED_RULE_GROUPS.find(({ name }) => name === NAME) ?? {};

const webAcl = (group: Readonly<Record<string, unknown>>): Resources => [
  [
    'AWS::WAFv2::WebACL',
    {
      Rules: [
        { Statement: { RateBasedStatement: { Limit: 100 } } },
        { Statement: { ManagedRuleGroupStatement: { VendorName: 'AWS', Name: NAME, ...group } } },
      ],
    },
  ],
];

const overrides = (...rules: readonly string[]) => ({
  RuleActionOverrides: rules.map((Name) => ({ Name, ActionToUse: { Count: {} } })),
});

const PINNED = { Version: 'Version_1.25', ...overrides(...Object.keys(counted)) };

/** AWS as it answers when these versions can be had, with these rules. */
const offers = (rules: Readonly<Record<string, readonly string[]>>, current: string): World['answers'] => ({
  ListAvailableManagedRuleGroupVersions: {
    body: {
      Versions: Object.keys(rules)
        .filter((version) => version !== 'default')
        .map((Name) => ({ Name })),
      CurrentDefaultVersion: current,
    },
  },
  DescribeManagedRuleGroup: {
    body: (sent: string) => {
      const { VersionName = 'default' } = JSON.parse(sent);
      return { Rules: (rules[VersionName] ?? []).map((Name) => ({ Name })) };
    },
  },
});

const findings = async (group: Readonly<Record<string, unknown>>, answers: World['answers']) =>
  told(await look(managedRules, { resources: webAcl(group), ...(answers === undefined ? {} : { answers }) }));

test('the pinned version with the rules that the template knows is fine', async () => {
  expect(await findings(PINNED, offers({ 'Version_1.25': KNOWN }, 'Version_1.25'))).toEqual([
    `ok: ${NAME}, Version_1.25: the ${KNOWN.length} rules that the template knows`,
  ]);
});

test('a version that expired, or is about to, cannot be deployed', async () => {
  const outcome = await look(managedRules, {
    resources: webAcl(PINNED),
    answers: offers({ 'Version_1.26': KNOWN, 'Version_1.27': KNOWN }, 'Version_1.26') ?? {},
  });
  expect(told(outcome)).toEqual([`error: ${NAME} has no Version_1.25 that a web ACL may still use`]);
  expect(outcome.findings[0]?.todo).toContain('Version_1.26, Version_1.27');
});

test('a rule that reads bodies and does not count is an error, whatever it is called', async () => {
  const answers = offers({ 'Version_1.25': [...KNOWN, 'NextRCE_BODY'] }, 'Version_1.25');
  expect(await findings(PINNED, answers)).toEqual([
    `error: ${NAME}, Version_1.25: NextRCE_BODY would block events for what they quote`,
  ]);
  const forgotten = { Version: 'Version_1.25', ...overrides('Log4JRCE_BODY', 'JavaDeserializationRCE_BODY') };
  expect(await findings(forgotten, offers({ 'Version_1.25': KNOWN }, 'Version_1.25'))).toEqual([
    `error: ${NAME}, Version_1.25: ReactJSRCE_BODY would block events for what they quote`,
  ]);
});

test('what the default version would block once the pinned one has expired is a warning', async () => {
  const answers = offers({ 'Version_1.25': KNOWN, 'Version_1.26': [...KNOWN, 'NextRCE_BODY'] }, 'Version_1.26');
  expect(await findings(PINNED, answers)).toEqual([
    expect.stringMatching(/^ok: /),
    `warning: ${NAME}: Version_1.26, which AWS uses once Version_1.25 has expired, blocks by NextRCE_BODY what events may quote`,
  ]);
});

test('rules that the template does not know, and counted ones that are gone', async () => {
  const rules = [...KNOWN.filter((rule) => rule !== 'ReactJSRCE_BODY'), 'Smuggling_HEADER'];
  expect(await findings(PINNED, offers({ 'Version_1.25': rules }, 'Version_1.25'))).toEqual([
    `error: ${NAME}, Version_1.25, has no rule ReactJSRCE_BODY to count`,
    `warning: ${NAME}, Version_1.25, has rules that the template does not know: Smuggling_HEADER`,
  ]);
});

test('a group without versions is compared as it is now', async () => {
  const group = { Name: 'AWSManagedRulesAmazonIpReputationList' };
  const answers = offers({ default: ['AWSManagedIPReputationList', 'Something_BODY'] }, '');
  expect(await findings(group, answers)).toEqual([
    'error: AWSManagedRulesAmazonIpReputationList, as it is now: Something_BODY would block events for what they quote',
  ]);
});

test('what cannot be seen is unknown; without a firewall nothing is asked', async () => {
  expect(
    await findings(PINNED, { ListAvailableManagedRuleGroupVersions: jsonFailure('WAFInternalErrorException') }),
  ).toEqual([expect.stringMatching(/^unknown: AWSManagedRulesKnownBadInputsRuleSet: could not be checked/)]);
  expect(await findings(PINNED, {})).toEqual([
    'unknown: AWSManagedRulesKnownBadInputsRuleSet: needs wafv2:ListAvailableManagedRuleGroupVersions',
  ]);
  expect(told(await look(managedRules))).toEqual(['skipped: not needed: the stage has no firewall']);
});
