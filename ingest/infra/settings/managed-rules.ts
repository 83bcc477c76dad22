/** A group of AWS's managed rules, as of the version that is pinned. */
export interface ManagedRuleGroup {
  readonly name: string;
  /** Undefined for the lists of addresses, which AWS does not version. */
  readonly version: string | undefined;
  /** Every rule of that version. */
  readonly rules: readonly string[];
  /** Those of them that count instead of block, each with the label that it leaves. */
  readonly counted: Readonly<Record<string, string>>;
}

const BAD_INPUTS = 'awswaf:managed:aws:known-bad-inputs';
const CORE = 'awswaf:managed:aws:core-rule-set';

/**
 * Pinned, because a new version may bring a rule that blocks what events quote. What reads bodies counts, and so does a missing
 * `User-Agent`, which is not a duty of a program. `npm run preflight` compares these lists with what AWS offers.
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
 */
export const MANAGED_RULE_GROUPS: readonly ManagedRuleGroup[] = [
  {
    name: 'AWSManagedRulesAmazonIpReputationList',
    version: undefined,
    rules: ['AWSManagedIPReputationList', 'AWSManagedReconnaissanceList', 'AWSManagedIPDDoSList'],
    counted: {},
  },
  {
    name: 'AWSManagedRulesKnownBadInputsRuleSet',
    version: 'Version_1.25',
    rules: [
      ...each('JavaDeserializationRCE', 'HEADER', 'BODY', 'URIPATH', 'QUERYSTRING'),
      ...['Host_localhost_HEADER', 'PROPFIND_METHOD', 'ExploitablePaths_URIPATH'],
      ...each('Log4JRCE', 'HEADER', 'QUERYSTRING', 'BODY', 'URIPATH'),
      'ReactJSRCE_BODY',
    ],
    counted: {
      JavaDeserializationRCE_BODY: `${BAD_INPUTS}:JavaDeserializationRCE_Body`,
      Log4JRCE_BODY: `${BAD_INPUTS}:Log4JRCE_Body`,
      ReactJSRCE_BODY: `${BAD_INPUTS}:ReactJSRCE_Body`,
    },
  },
  {
    name: 'AWSManagedRulesCommonRuleSet',
    version: 'Version_1.20',
    rules: [
      ...['NoUserAgent_HEADER', 'UserAgent_BadBots_HEADER'],
      ...each('SizeRestrictions', 'QUERYSTRING', 'Cookie_HEADER', 'BODY', 'URIPATH'),
      ...each('EC2MetaDataSSRF', 'BODY', 'COOKIE', 'URIPATH', 'QUERYARGUMENTS'),
      ...each('GenericLFI', 'QUERYARGUMENTS', 'URIPATH', 'BODY'),
      ...each('RestrictedExtensions', 'URIPATH', 'QUERYARGUMENTS'),
      ...each('GenericRFI', 'QUERYARGUMENTS', 'BODY', 'URIPATH'),
      ...each('CrossSiteScripting', 'COOKIE', 'QUERYARGUMENTS', 'BODY', 'URIPATH'),
    ],
    counted: {
      NoUserAgent_HEADER: `${CORE}:NoUserAgent_Header`,
      SizeRestrictions_BODY: `${CORE}:SizeRestrictions_Body`,
      EC2MetaDataSSRF_BODY: `${CORE}:EC2MetaDataSSRF_Body`,
      GenericLFI_BODY: `${CORE}:GenericLFI_Body`,
      GenericRFI_BODY: `${CORE}:GenericRFI_Body`,
      CrossSiteScripting_BODY: `${CORE}:CrossSiteScripting_Body`,
    },
  },
];

/** Whether a rule of a managed group looks into bodies: AWS ends its name so. */
export const readsBody = (rule: string): boolean => /_BODY$/i.test(rule);

function each(rule: string, ...parts: readonly string[]): readonly string[] {
  return parts.map((part) => `${rule}_${part}`);
}
