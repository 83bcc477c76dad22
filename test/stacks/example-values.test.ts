import { Annotations, Template } from 'aws-cdk-lib/assertions';
import { testLake } from '../support/cdk';

test('CloudFormation refuses the first stack of a stage that holds an example, and no other stage', () => {
  const rules = (account: string) => Template.fromStack(testLake({ stage: { account } }).storage).toJSON().Rules;
  expect(rules('111122223333').NoExampleValues.Assertions).toEqual([
    {
      Assert: { 'Fn::Equals': ['example values', 'values of your own'] },
      AssertDescription: expect.stringMatching(/^config\/stages\/test\.ts holds example values: account\. Replace/),
    },
  ]);
  expect(rules('629183745612')).not.toHaveProperty('NoExampleValues');
});

test('the synth says so too, and is not a failure with --strict', () => {
  const { storage } = testLake({ stage: { account: '111122223333' } });
  const annotations = Annotations.fromStack(storage);
  annotations.hasInfo(
    '*',
    'config/stages/test.ts holds example values: account. npm run preflight -- --stage test says what to write instead.',
  );
  expect([...annotations.findWarning('*', '*'), ...annotations.findError('*', '*')]).toEqual([]);
});
