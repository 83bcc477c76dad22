import { Template } from 'aws-cdk-lib/assertions';
import { stacksOf, testLake } from '../../../test/support/cdk';
import { OWN_INGEST } from '../support/definitions';

test('CloudFormation refuses the first stack of a stage that holds examples, and says which', () => {
  const lake = testLake({
    stage: { account: '111122223333', ingest: { ...OWN_INGEST, allowedCidrs: ['192.0.2.0/24'] } },
  });
  const { Rules } = Template.fromStack(lake.storage).toJSON();
  expect(Rules.NoExampleValues.Assertions).toEqual([
    {
      Assert: { 'Fn::Equals': ['example values', 'values of your own'] },
      AssertDescription: expect.stringMatching(/^config\/stages\/test\.ts holds example values: account, ingest\./),
    },
  ]);
  expect(stacksOf(lake)).toHaveLength(9);
  for (const stack of stacksOf(lake)) {
    if (stack !== lake.storage)
      expect(stack.dependencies.map(({ stackName }) => stackName)).toContain('lake-test-storage');
  }
});

test('a stage of real values is deployed', () => {
  const { storage } = testLake({ stage: { ingest: OWN_INGEST } });
  expect(Template.fromStack(storage).toJSON().Rules).not.toHaveProperty('NoExampleValues');
});
