/** A lake of all presets fits into what AWS takes, and has a place for each service. */

import { type DatasetDefinition, parseDatasets } from '../../lib/dataset';
import * as presets from '../../lib/presets';
import { testLake } from '../support/cdk';
import { readable, resourceOf, resourcesOf } from '../support/template';

const own = {
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
  ],
  eventTime: 'at',
} as const;
const changes = { key: ['id'], by: ['at'] } as const;

const CHANGES = ['debezium', 'dms'];

const definitions = Object.entries(presets).map(([name, preset]): DatasetDefinition => {
  const make = preset as (options?: object) => DatasetDefinition;
  return preset.length === 0
    ? make()
    : make({ ...own, ...(CHANGES.includes(name) ? changes : {}), name: name.toLowerCase() });
});
const datasets = parseDatasets(definitions.map((definition) => ({ file: `${definition.name}.ts`, definition })));
// In several accounts, as the policies of an organization have them.
const accounts = Array.from({ length: 10 }, (_, index) => `${111122223333 + index}`);
const delivered = datasets.filter(({ delivery }) => !['firehose', 's3-access-logs', undefined].includes(delivery));
const stage = { delivery: Object.fromEntries(delivered.map(({ name }) => [name, { accounts }])) };
const lake = testLake({ stage, datasets });
const storage = readable(lake.storage);

test('policies of buckets and keys are within the limits, with ten accounts for each service', () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html: 20 KB
  for (const [id, { Properties }] of Object.entries(resourcesOf(storage, 'AWS::S3::BucketPolicy'))) {
    expect([id, JSON.stringify(Properties.PolicyDocument).length < 20_480]).toEqual([id, true]);
  }
  // https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html: 32 KB
  const { KeyPolicy } = resourceOf(storage, 'AWS::KMS::Key', 'DataKey').Properties;
  expect(JSON.stringify(KeyPolicy).length).toBeLessThan(32_768);
});

test('each dataset that a service delivers has an output that says where to', () => {
  const outputs = Object.values(storage.Outputs).map(({ Description = '' }) => Description);
  for (const { name, delivery } of delivered) {
    expect(outputs).toContainEqual(expect.stringContaining(`Where ${delivery} delivers ${name}`));
  }
});

test('each has its raw and its curated table', () => {
  expect(Object.keys(resourcesOf(readable(lake.catalog), 'AWS::Glue::Table'))).toHaveLength(datasets.length * 2 + 2);
});
