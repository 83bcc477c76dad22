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
