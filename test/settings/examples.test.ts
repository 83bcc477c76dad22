import { exampleValues, parseStage } from '../../lib/settings';

test('an account of the documentation is an example, with what to write; one of your own is none', () => {
  expect(exampleValues(parseStage({ name: 'test', account: '111122223333' }))).toEqual([
    { field: 'account', value: '111122223333', write: expect.stringContaining('aws sts get-caller-identity') },
  ]);
  expect(exampleValues(parseStage({ name: 'test', account: '629183745612' }))).toEqual([]);
});

test('so is a role of such an account; mail addresses of alarms stop no deployment', () => {
  const roles = ['arn:aws:iam::123456789012:role/platform'];
  const stage = parseStage({ name: 'test', access: { admin: { roles } }, alarmEmails: ['data@example.com'] });
  expect(exampleValues(stage)).toEqual([
    { field: 'access.admin.roles[0]', value: roles[0], write: 'the ARN of a role that exists' },
  ]);
});

// Those that pages of AWS have in their examples.
test.each([
  ...['111122223333', '444455556666', '777788889999', '123456789012', '210987654321', '012345678901'],
  ...['111111111111', '222222222222', '333333333333', '555555555555', '999999999999'],
])('%s is the account of an example', (account) => {
  expect(exampleValues(parseStage({ name: 'test', account })).map(({ field }) => field)).toEqual(['account']);
});
