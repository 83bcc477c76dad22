/** What a service that delivers adds to the storage stack, and that nothing is added where none does. */

import { DELIVERY_SERVICES } from '../../lib/dataset';
import { testStorage } from '../support/cdk';
import { deliveredDatasets } from '../support/deliveries';
import type { Statement } from '../support/iam';
import { type ReadableTemplate, readable, resourceOf, resourcesOf } from '../support/template';

const template = readable(testStorage({ datasets: deliveredDatasets() }));
const plain = readable(testStorage({ datasets: deliveredDatasets([]) }));

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
