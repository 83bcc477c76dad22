/** What a service that delivers adds to the storage stack, and that nothing is added where none does. */

import type { Template } from '../../cli/preflight/assembly/template';
import { DELIVERY_SERVICES } from '../../lib/dataset';
import { alarmsOf, stateOf } from '../support/alarms';
import { testStorage } from '../support/cdk';
import { deliveredDatasets } from '../support/deliveries';
import type { Statement } from '../support/iam';
import { type ReadableTemplate, readable, resourceOf, resourcesOf } from '../support/template';

const template = readable(testStorage({ datasets: deliveredDatasets() }));
const plain = readable(testStorage({ datasets: deliveredDatasets([]) }));

interface Rule {
  readonly Id: string;
  readonly Destination: { readonly Metrics?: unknown };
}

const delivers = ({ Sid }: Statement): boolean => Sid?.startsWith('Deliver') === true;
const bucketStatements = (from: ReadableTemplate): Record<string, Statement[]> =>
  Object.fromEntries(
    Object.entries(resourcesOf(from, 'AWS::S3::BucketPolicy')).map(([id, { Properties }]) => [
      id,
      (Properties.PolicyDocument.Statement as Statement[]).filter(delivers),
    ]),
  );

test('the statements of buckets and key', () => {
  expect({
    buckets: bucketStatements(template),
    key: (resourceOf(template, 'AWS::KMS::Key', 'DataKey').Properties.KeyPolicy.Statement as Statement[]).filter(
      delivers,
    ),
  }).toMatchSnapshot();
});

test('each service has one place to write to, told as an output', () => {
  const outputs = Object.entries(template.Outputs ?? {}).filter(([id]) => id.startsWith('Deliver'));
  // Firehose has a role.
  expect(outputs).toHaveLength(DELIVERY_SERVICES.length - 1);
});

test.each(['Landing', 'WafLanding'])('what lands in %s is replicated to raw under its key, and expires', (id) => {
  const { Properties } = resourceOf(template, 'AWS::S3::Bucket', id);
  expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
    { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
  ]);
  expect(Properties.ReplicationConfiguration).toMatchSnapshot();
  expect(Properties.LifecycleConfiguration.Rules).toContainEqual(
    expect.objectContaining({ ExpirationInDays: 7, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }),
  );
});

test('what cannot be replicated rings an alarm of its dataset, by the metric of its rule', () => {
  const alarms = alarmsOf(template as unknown as Template);
  const landed = (id: string) =>
    (resourceOf(template, 'AWS::S3::Bucket', id).Properties.ReplicationConfiguration.Rules as Rule[]).map((rule) => ({
      id,
      rule,
    }));
  const rules = [...landed('Landing'), ...landed('WafLanding')];
  expect(rules.map(({ rule }) => rule.Id)).toEqual(['raw/alb', 'raw/s3_access_logs', 'raw/waf']);
  for (const { id, rule } of rules) {
    // S3 measures what a rule asks for.
    expect(rule.Destination.Metrics).toEqual({ Status: 'Enabled' });
    const name = rule.Id.replace('raw/', '');
    const alarm = alarms.find(({ AlarmName }) => AlarmName === `lake-test-${name}-replication-failed`);
    expect(alarm?.Dimensions).toEqual([
      { Name: 'DestinationBucket', Value: '<Raw>' },
      { Name: 'RuleId', Value: rule.Id },
      { Name: 'SourceBucket', Value: `<${id}>` },
    ]);
    expect(alarm).toMatchObject({ Namespace: 'AWS/S3', MetricName: 'OperationsFailedReplication', Statistic: 'Sum' });
    const failed = {
      Namespace: 'AWS/S3',
      MetricName: 'OperationsFailedReplication',
      Dimensions: alarm?.Dimensions ?? [],
    };
    expect([0, 1].map((value) => alarm && stateOf(alarm, [[{ ...failed, value }]]))).toEqual(['OK', 'ALARM']);
  }
  expect(alarms.map(({ AlarmName, AlarmDescription }) => ({ AlarmName, AlarmDescription }))).toMatchSnapshot();
  expect(alarmsOf(plain as unknown as Template)).toEqual([]);
});

test('WAF finds the name that it asks for', () => {
  expect(resourceOf(template, 'AWS::S3::Bucket', 'WafLanding').Properties.BucketName).toMatch(
    /^aws-waf-logs-lake-test-/,
  );
});

test('where nothing is delivered, policies, key and buckets are as ever', () => {
  expect(Object.values(bucketStatements(plain)).flat()).toEqual([]);
  expect(Object.keys(resourcesOf(plain, 'AWS::S3::Bucket'))).toHaveLength(5);
  expect(JSON.stringify(plain)).not.toContain('PrincipalIsAWSService');
});
