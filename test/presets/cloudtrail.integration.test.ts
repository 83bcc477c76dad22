/** Events of CloudTrail as it documents them, and odd ones. */

import { cloudTrail } from '../../lib/presets';
import { through } from './support/through';

jest.setTimeout(60_000);

const PATH = 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/06/15/';
const file = (records: readonly object[], name = 'a.json.gz') => ({
  [`${PATH}${name}`]: JSON.stringify({ Records: records }),
});

let count = 0;
const event = (more: object): Record<string, unknown> => ({
  eventVersion: '1.11',
  eventTime: `2026-06-15T10:00:${String(count++ % 60).padStart(2, '0')}Z`,
  eventSource: 's3.amazonaws.com',
  eventName: 'GetObject',
  awsRegion: 'us-east-1',
  sourceIPAddress: '192.0.2.7',
  userAgent: 'aws-cli/2',
  requestID: 'R1',
  eventID: `e-${count}`,
  readOnly: true,
  eventType: 'AwsApiCall',
  managementEvent: false,
  recipientAccountId: '111122223333',
  eventCategory: 'Data',
  ...more,
});

const SESSION = {
  sessionIssuer: {
    type: 'Role',
    principalId: 'AROA1',
    arn: 'arn:aws:iam::111122223333:role/r',
    accountId: '111122223333',
    userName: 'r',
  },
  webIdFederationData: { federatedProvider: 'accounts.google.com', attributes: { aud: 'x' } },
  attributes: { creationDate: '2026-06-15T09:00:00Z', mfaAuthenticated: 'false' },
  ec2RoleDelivery: '2.0',
  sourceIdentity: 'jo',
};
/** One of every type that the documentation lists. */
const IDENTITIES: readonly Record<string, unknown>[] = [
  { type: 'Root', principalId: '111122223333', arn: 'arn:aws:iam::111122223333:root', accountId: '111122223333' },
  { type: 'IAMUser', principalId: 'AIDA1', accountId: '111122223333', accessKeyId: 'AKIA1', userName: 'jo' },
  { type: 'AssumedRole', principalId: 'AROA1:jo', accountId: '111122223333', sessionContext: SESSION },
  { type: 'Role', principalId: 'AROA1', sessionContext: { attributes: { mfaAuthenticated: true } } },
  { type: 'FederatedUser', principalId: '1:jo', sessionContext: { sessionIssuer: {} } },
  { type: 'Directory', userName: 'jo' },
  { type: 'AWSAccount', principalId: 'AIDA2', accountId: '444455556666' },
  { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' },
  { type: 'SAMLUser', principalId: 'S', userName: 'jo', identityProvider: 'idp' },
  { type: 'WebIdentityUser', principalId: 'W', userName: 'jo', identityProvider: 'accounts.google.com' },
  {
    type: 'IdentityCenterUser',
    accountId: '111122223333',
    onBehalfOf: { userId: 'u', identityStoreArn: 'arn:aws:identitystore::1:identitystore/d-1' },
    credentialId: 'c',
  },
  { type: 'Unknown', inScopeOf: { sourceArn: 'arn:aws:lambda:x', issuerType: 'AWS::Lambda::Function' } },
];

test('every type of identity', async () => {
  count = 0;
  const { rows, rejected } = await through(
    cloudTrail(),
    file(IDENTITIES.map((userIdentity) => event({ userIdentity }))),
    `user_identity.type AS type, user_identity.session_context.attributes.mfa_authenticated AS mfa,
     user_identity.session_context.session_issuer.user_name AS issuer, user_identity.on_behalf_of.user_id AS "on",
     user_identity.session_context.web_id_federation_data AS web, user_identity.in_scope_of AS scope, account, region`,
  );
  expect(rejected).toEqual([]);
  expect(rows.map(({ type }) => type)).toEqual(IDENTITIES.map(({ type }) => type));
  expect(rows.map(({ mfa }) => mfa).filter((mfa) => mfa !== null)).toEqual(['false', 'true']);
  expect(rows[2]).toMatchObject({
    issuer: 'r',
    web: JSON.stringify(SESSION.webIdFederationData),
    account: '111122223333',
    region: 'us-east-1',
  });
  expect(rows[10]).toMatchObject({ on: 'u' });
  expect(JSON.parse(String(rows[11]?.scope))).toEqual(IDENTITIES[11]?.inScopeOf);
});

test('parameters of any shape are kept as they are', async () => {
  count = 0;
  const shapes = [
    { bucketName: 'b', Host: 's3', list: [1, { a: null }], 'x-amz-acl': ['private'], quote: 'say "hi"\\' },
    { bucketName: { $: 1 }, big: 12345678901234567890n.toString() },
    [],
    'HIDDEN_DUE_TO_SECURITY_REASONS',
    7,
    null,
  ];
  const { rows, rejected } = await through(
    cloudTrail(),
    file(shapes.map((requestParameters) => event({ requestParameters, responseElements: requestParameters }))),
    'request_parameters AS request, response_elements AS response',
  );
  expect(rejected).toEqual([]);
  const kept = shapes.map((shape) => (typeof shape === 'string' || shape === null ? shape : JSON.stringify(shape)));
  expect(rows).toEqual(kept.map((text) => ({ request: text, response: text })));
});

test('an event that comes twice is one row; members that are not known and members that are missing do no harm', async () => {
  count = 0;
  const twice = event({ eventID: 'twice', somethingNew: { of: ['AWS'] }, sourceIPAddress: '2001:db8::1' });
  const bare = { eventTime: '2026-06-15T11:00:00Z', eventID: 'bare' };
  const long = `Mozilla/5.0 ${'x'.repeat(60_000)}`;
  const { rows, rejected } = await through(
    cloudTrail(),
    { ...file([twice, bare, event({ eventID: 'long', userAgent: long })]), ...file([twice], 'b.json.gz') },
    'event_id, source_ip_address AS ip, length(user_agent) AS agent, event_name AS name',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    { event_id: 'twice', ip: '2001:db8::1', agent: '9', name: 'GetObject' },
    { event_id: 'long', ip: '192.0.2.7', agent: String(long.length), name: 'GetObject' },
    { event_id: 'bare', ip: null, agent: null, name: null },
  ]);
});

test('Insights events, where the trail records them', async () => {
  count = 0;
  const insightDetails = {
    state: 'Start',
    eventSource: 'ssm.amazonaws.com',
    eventName: 'UpdateInstanceInformation',
    insightType: 'ApiCallRateInsight',
    insightContext: {
      statistics: { baseline: { average: 0.0000882145 }, insight: { average: 0.6 } },
      attributions: [],
    },
  };
  const insight = event({
    eventType: 'AwsCloudTrailInsight',
    eventCategory: 'Insight',
    eventID: 'i-1',
    insightDetails,
  });
  const path = 'AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/06/15/i.json.gz';
  const { rows, rejected } = await through(
    cloudTrail({ insights: true }),
    { [path]: JSON.stringify({ Records: [insight] }), ...file([event({ eventID: 'a' })]) },
    'event_id, event_category AS category, insight_details AS details',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    { event_id: 'i-1', category: 'Insight', details: JSON.stringify(insightDetails) },
    { event_id: 'a', category: 'Data', details: null },
  ]);
});

test('the trail of an organization has its id in the path', async () => {
  count = 0;
  const path = 'AWSLogs/o-abc123example/444455556666/CloudTrail/eu-west-1/2026/06/15/o.json.gz';
  const { rows } = await through(
    cloudTrail({ organization: 'o-abc123example' }),
    { [path]: JSON.stringify({ Records: [event({ eventID: 'o' })] }) },
    'event_id, account, region',
  );
  expect(rows).toEqual([{ event_id: 'o', account: '444455556666', region: 'eu-west-1' }]);
});

test('an event without id or time says so', async () => {
  const { rejected } = await through(
    cloudTrail(),
    file([{ eventTime: '2026-06-15T10:00:00Z' }, { eventID: 'x' }, { eventID: 'y', eventTime: 'soon' }]),
    '1',
  );
  expect(rejected).toEqual([
    expect.stringContaining('event_id: missing'),
    expect.stringContaining('event_time: missing'),
    expect.stringContaining('eventTime: expected a timestamp'),
  ]);
});
