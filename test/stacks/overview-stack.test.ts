import { Template } from 'aws-cdk-lib/assertions';
import { testLake } from '../support/cdk';
import { readable, resourcesOf } from '../support/template';

const { overview } = testLake();
if (overview === undefined) throw new Error('a stage has a dashboard by default');
const template = readable(overview);

test('matches the snapshot', () => {
  expect(template).toMatchSnapshot();
});

test('has the dashboard alone, and no reference to a resource of another stack', () => {
  expect(Object.keys(resourcesOf(template, 'AWS::CloudWatch::Dashboard'))).toHaveLength(1);
  expect(Object.keys(template.Resources)).toHaveLength(1);
  expect(JSON.stringify(Template.fromStack(overview).toJSON())).not.toContain('ImportValue');
});
