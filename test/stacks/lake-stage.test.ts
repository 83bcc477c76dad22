import { CURRENTLY_RECOMMENDED_FLAGS, FLAGS } from 'aws-cdk-lib/cx-api';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { context as configuredFlags } from '../../cdk.json';
import { LakeStage } from '../../lib/stacks/lake-stage';
import { datasets } from '../fixtures/datasets';
import { stages } from '../fixtures/stages';
import { stacksOf, testApp, testLake } from '../support/cdk';
import { extensions } from '../support/extensions';
import { readable, resourceOf } from '../support/template';

test('cdk.json sets every feature flag that the library recommends, as it recommends', () => {
  expect(configuredFlags).toMatchObject(recommendedFlags);
  expect(configuredFlags).toEqual(CURRENTLY_RECOMMENDED_FLAGS);
  expect(Object.keys(FLAGS)).toEqual(expect.arrayContaining(Object.keys(configuredFlags)));
});

test('all stages live in one assembly, where `cdk deploy --all` and patterns such as dev/* find their stacks', () => {
  const app = testApp();
  for (const settings of stages) new LakeStage(app, { settings, datasets, extensions });

  const ids = app.synth().stacks.map(({ hierarchicalId, stackName }) => [hierarchicalId, stackName]);
  expect(ids).toEqual(
    expect.arrayContaining([
      ['dev/Storage', 'lake-dev-storage'],
      ['dev/Catalog', 'lake-dev-catalog'],
      ['dev/Query', 'lake-dev-query'],
      ['prod/Storage', 'lake-prod-storage'],
    ]),
  );
});

describe('a stage', () => {
  const lake = testLake({ stage: { prefix: 'events', tags: { owner: 'data' } } });

  test('says what each of its stacks is for', () => {
    for (const stack of stacksOf(lake)) {
      expect(stack.templateOptions.description).toMatch(/^Data lake, stage test: .{15,}/);
      expect(stack.stackName).toMatch(/^events-test-[a-z]+$/);
    }
  });

  test('tags every resource with the lake, the stage and its own tags', () => {
    expect(resourceOf(readable(lake.storage), 'AWS::S3::Bucket', 'Raw').Properties.Tags).toEqual([
      { Key: 'lake', Value: 'events' },
      { Key: 'owner', Value: 'data' },
      { Key: 'stage', Value: 'test' },
    ]);
  });

  test('names no account, region or partition unless its settings do', () => {
    for (const stack of stacksOf(lake)) {
      const text = JSON.stringify(readable(stack));
      expect(text).not.toMatch(/arn:aws[a-z-]*:/);
      expect(text).not.toMatch(/[:"]\d{12}[:"]/);
    }
  });

  test('keeps its data apart from what reads it: storage refers to no other stack', () => {
    expect(lake.storage.dependencies).toEqual([]);
    for (const stack of stacksOf(lake)) expect(JSON.stringify(readable(stack))).not.toContain('Fn::GetStackOutput');
  });
});

test('account and region of the settings reach every stack', () => {
  for (const stack of stacksOf(testLake({ stage: { account: '111122223333', region: 'eu-central-1' } }))) {
    expect([stack.account, stack.region]).toEqual(['111122223333', 'eu-central-1']);
  }
});

test('the storage stack is protected from deletion for as long as its data is kept', () => {
  expect(testLake().storage.terminationProtection).toBe(true);
  expect(testLake({ stage: { dataRemoval: 'delete' } }).storage.terminationProtection).toBe(false);
});
