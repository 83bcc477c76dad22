import { exampleValues, type StageDefinition } from '../../../lib/settings';
import { extensions, parseStage } from '../../../test/support/extensions';
import { CLOSED_INGEST_STAGE, INGEST, OPEN_INGEST_STAGE, OWN_INGEST } from '../support/definitions';

const examplesOf = (stage: StageDefinition) =>
  exampleValues(
    parseStage(stage),
    extensions.map(({ settings }) => settings),
  );

const found = (stage: Omit<StageDefinition, 'name'>): readonly string[] =>
  examplesOf({ name: 'test', ...stage }).map(({ field, value }) => `${field} ${value}`);

test('a stage of real values has none', () => {
  expect(found({ account: '629183745612', region: 'eu-central-1', ingest: OWN_INGEST })).toEqual([]);
  expect(found({})).toEqual([]);
});

test('each is named as the stage writes it, once, with what to write', () => {
  const examples = examplesOf({ name: 'test', account: '111122223333', ingest: INGEST });
  expect(examples.map(({ field }) => field)).toEqual([
    'account',
    'ingest.image.digest',
    'ingest.certificateArn',
    'ingest.token.issuer',
  ]);
  for (const { write } of examples) expect(write).not.toBe('');
});

test('of a network, of roles and of ranges too', () => {
  const { network = {} } = OPEN_INGEST_STAGE;
  const ingest = { ...OWN_INGEST, allowedCidrs: ['10.0.0.0/8', '198.51.100.0/24'] };
  expect(
    found({ ingest, network, access: { analyst: { roles: ['arn:aws:iam::123456789012:role/analysts'] } } }),
  ).toEqual([
    'access.analyst.roles[0] arn:aws:iam::123456789012:role/analysts',
    'ingest.allowedCidrs[1] 198.51.100.0/24',
    'network.vpcId vpc-0123456789abcdef0',
    'network.subnetIds[0] subnet-0123456789abcdef0',
    'network.subnetIds[1] subnet-0123456789abcdef1',
    'network.loadBalancerSubnetIds[0] subnet-0123456789abcdef2',
    'network.loadBalancerSubnetIds[1] subnet-0123456789abcdef3',
  ]);
});

test.each(['example.com', 'Data.Example.ORG.', 'lake.example', 'lake.test', 'lake.invalid'])(
  'the zone %s is nobody’s',
  (hostedZoneName) => {
    const domain = { domainName: `ingest.${hostedZoneName}`, hostedZoneName, hostedZoneId: 'Z08A1B2C3D4E5F6G7H8I9' };
    expect(found({ ingest: { ...OWN_INGEST, domain } }).map((text) => text.split(' ')[0])).toEqual([
      'ingest.domain.domainName',
      'ingest.domain.hostedZoneName',
    ]);
  },
);

test.each(['myexample.com', 'example.com.au', 'example.company', 'examples.com', 'test.lake.io', 'lake.testing'])(
  'the zone %s may be somebody’s',
  (hostedZoneName) => {
    const domain = { domainName: hostedZoneName, hostedZoneName, hostedZoneId: 'Z08A1B2C3D4E5F6G7H8I9' };
    expect(found({ ingest: { ...OWN_INGEST, domain } })).toEqual([]);
  },
);

test('mail addresses stop no deployment, so they are not among them', () => {
  expect(
    found({ alarmEmails: ['data@example.com'], ingest: { ...OWN_INGEST, scalingEmails: ['ops@example.com'] } }),
  ).toEqual([]);
});

test('keys in the settings are none', () => {
  expect(found(CLOSED_INGEST_STAGE).filter((text) => text.includes('keySet'))).toEqual([]);
});
