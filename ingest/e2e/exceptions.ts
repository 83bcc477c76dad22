import { type Exception, group } from '../../e2e/static-analysis/finding';

const CLOSER = 'Network/Custom::VpcRestrictDefaultSGCustomResourceProvider/Handler';

/** What the tools find in the ingest tier and we leave as it is. */
export const INGEST: readonly Exception[] = [
  ...group(
    'cfn-lint',
    'The CDK orders the resource behind its role, which the reference to the role does already: redundant and harmless.',
    [['W3005', CLOSER]],
  ),
  ...group(
    'cfn-lint',
    'A first instance needs all policies of its construct: the dependency on the whole of it includes what a reference orders already.',
    [['W3005', 'Ingest/Group/Group']],
  ),
  ...group(
    'checkov',
    "The CDK's own function, which takes the rules out of the default security group of the VPC: CloudFormation invokes it, " +
      'waits for its answer and reports its failure. It has no settings for these.',
    [
      ['CKV_AWS_115', CLOSER],
      ['CKV_AWS_116', CLOSER],
      ['CKV_AWS_117', CLOSER],
    ],
  ),
  ...group(
    'checkov',
    'The channels of Session Manager, which know no resources: IAM accepts only * for these actions. Everything else in the ' +
      'policy names its resource.',
    [['CKV_AWS_111', 'Ingest/Instance/Role/Policy/Resource']],
  ),

  ...group('njsscan', 'Spreads retries in time. Whoever could predict the wait would gain nothing.', [
    [
      'node_insecure_random_generator',
      'ingest/gateway/work/backoff.ts: Math.min(longest, first * 2 ** Math.min(attempt, 30)) * (0.5 + Math.random() / 2);',
    ],
  ]),
  ...group('njsscan', 'Asks whether there is a token at all; what it says is decided by its signature.', [
    ['node_timing_attack', 'ingest/gateway/auth/tokens.ts: if (token === undefined) {'],
  ]),
  ...group('njsscan', 'Settings of a stage, at synth: asks whether a setting is there. It is no secret.', [
    [
      'node_timing_attack',
      "ingest/infra/settings/issuer.ts: if (token !== undefined) report('ingest.token', 'is given beside issuer', 'remove one of them');",
    ],
    ['node_timing_attack', 'ingest/infra/settings/issuer.ts: if (token === undefined) {'],
  ]),
  ...group('njsscan', 'A construct of the CDK, at synth: asks whether the stage has a secret at all, and knows none.', [
    ['node_timing_attack', 'ingest/infra/constructs/instance-role.ts: if (secret === undefined) return [];'],
  ]),
  ...group('njsscan', 'The name of a user is public; the password is made by Secrets Manager and stands nowhere.', [
    ['node_username', "ingest/infra/constructs/rate-limit-store.ts: const USER = 'ingest-gateway';"],
    ['node_username', 'ingest/infra/constructs/rate-limit-store.ts: readonly userName = USER;'],
  ]),
  ...group(
    'njsscan',
    'The pattern has no repetition within a repetition that could match the same text twice: time is linear.',
    [
      ['regex_dos', 'ingest/infra/settings/resolve.ts: if (!ONE_VCPU_ARM.test(String(ingest.instanceType))) {'],
      [
        'regex_dos',
        'ingest/infra/settings/resolve.ts: if (!/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/.test(String(image.repository))) {',
      ],
      ['regex_dos', 'ingest/infra/settings/resolve.ts: if (!/^sha256:[0-9a-f]{64}$/.test(String(image.digest))) {'],
      ['regex_dos', 'ingest/infra/settings/network.ts: if (!/^subnet-[0-9a-f]{8,17}$/.test(String(id))) {'],
      ['regex_dos', 'ingest/infra/settings/network.ts: if (!/^[a-z]{2}(-[a-z]+)+-\\d[a-z]$/.test(String(zone))) {'],
      [
        'regex_dos',
        "ingest/infra/settings/issuer.ts: if (typeof token[field] !== 'string' || !/^[\\x21-\\x7e]{1,512}$/.test(token[field])) {",
      ],
      ['regex_dos', "ingest/infra/settings/issuer.ts: if (typeof claim !== 'string' || !CLAIM_NAME.test(claim)) {"],
      ['regex_dos', 'ingest/gateway/auth/keys.ts: const isUrl = /^https?:\\/\\//.test(location);'],
      ['regex_dos', 'ingest/gateway/environment.ts: const text = this.optional(variable);'],
    ],
  ),
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: lines of the sources, as they are
  ...group('njsscan', 'A folder of the lake that the person at this machine names.', [
    ['join_resolve_path_traversal', 'ingest/local/gateway.ts: const folder = join(lake.root, STATE_FOLDER);'],
  ]),
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: lines of the sources, as they are
];
