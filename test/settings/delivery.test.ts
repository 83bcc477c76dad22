import { SettingsError, type StageDefinition } from '../../lib/settings';
import { deliveryProblems } from '../../lib/settings/delivery';
import { deliveredDatasets } from '../support/deliveries';
import { parseStage } from '../support/extensions';

const stage = (delivery: unknown): StageDefinition => ({ name: 'test', delivery }) as StageDefinition;

function mistakes(delivery: unknown): string[] {
  try {
    parseStage(stage(delivery));
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ field, problem, fix }) => `${field}: ${problem}; ${fix}`);
  }
}

test.each<[unknown, string[]]>([
  [{ trail: { accounts: ['111122223333'] } }, []],
  [{ trail: {} }, ['delivery.trail: names no account; name one, or leave it out for the account of the lake']],
  [
    { trail: { accounts: ['1111', 111122223333, '222233334444', '222233334444'] } },
    [
      "delivery.trail.accounts[0]: '1111' is not an account id; write twelve digits in quotes",
      'delivery.trail.accounts[1]: 111122223333 is not an account id; write twelve digits in quotes',
      "delivery.trail.accounts[3]: repeats '222233334444'; remove it",
    ],
  ],
  [{ trail: { accounts: '111122223333' } }, ["delivery.trail.accounts: is '111122223333'; write a list, in brackets"]],
  [
    { trail: { account: ['111122223333'], accounts: ['111122223333'] } },
    ['delivery.trail.account: is not a setting; use one of accounts'],
  ],
  [[], ['delivery: is an array; write an object, in braces']],
])('%j', (delivery, expected) => {
  expect(mistakes(delivery)).toEqual(expected);
});

const problems = (delivery: StageDefinition['delivery']): string[] =>
  deliveryProblems(
    parseStage({ name: 'test', ...(delivery && { delivery }) }),
    deliveredDatasets(['cloudtrail', 'firehose', 's3-access-logs']),
  ).map(({ field, problem, fix }) => `${field}: ${problem}; ${fix}`);

test('accounts are named for datasets that a service delivers from several', () => {
  const accounts = ['111122223333'];
  expect(problems(undefined)).toEqual([]);
  expect(problems({ cloudtrail: { accounts } })).toEqual([]);
  expect(problems({ trail: { accounts } })).toEqual([
    "delivery.trail: 'trail' is not a dataset; write one of cloudtrail, firehose, s3_access_logs, of_nobody",
  ]);
  expect(problems({ of_nobody: { accounts } })).toEqual([
    'delivery.of_nobody: no service delivers this dataset; remove it, or write the service as delivery of the dataset',
  ]);
  expect(problems({ firehose: { accounts }, s3_access_logs: { accounts } })).toEqual([
    'delivery.firehose: firehose has a role of the account that its stream is in; remove it',
    'delivery.s3_access_logs: s3-access-logs has its buckets in one account; remove it',
  ]);
});
