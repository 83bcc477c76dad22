import { Template } from 'aws-cdk-lib/assertions';
import { INGEST } from '../support/definitions';
import { ingestStacks } from '../support/stacks';

test('a stage without an image builds that of ingest/gateway, named by the hash of its sources', () => {
  const { image: _, ...ingest } = INGEST;
  const lake = ingestStacks({ stage: { ingest } });
  if (lake.ingest === undefined) throw new Error('the stage has no ingest tier');
  const [template] = Object.values(Template.fromStack(lake.ingest).findResources('AWS::EC2::LaunchTemplate'));
  const userData = JSON.stringify(template?.Properties.LaunchTemplateData.UserData);

  expect(userData).toMatch(/IMAGE='",\{"Fn::Sub":"[^"]+container-assets-[^"]+:[0-9a-f]{64}"\}/);
});
