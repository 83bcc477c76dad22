import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnResource, Stack } from 'aws-cdk-lib';
import { OWN_INGEST_STAGE } from '../../ingest/test/support/definitions'; // with ingest
import { everyRole, testApp, testLake } from '../support/cdk';

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly { readonly ruleName: string; readonly violatingConstructs: readonly object[] }[];
  }[];
}

/** What CloudFormation's own validator, with every resource schema, finds in the templates. The one suite that pays for it. */
test('every template of the lake is valid, warnings included, and a wrong one is not', () => {
  jest.spyOn(console, 'error').mockImplementation();
  const app = testApp({}, { builtinCloudFormationValidation: true });
  testLake({
    app,
    stage: {
      crawler: { mode: 'event' },
      alarmEmails: ['data@example.com'],
      compaction: { reservedConcurrency: 50 },
      access: everyRole({ permissionSets: ['Data'], roles: ['arn:aws:iam::123456789012:role/data'] }),
      ...OWN_INGEST_STAGE, // with ingest
    },
  });
  new CfnResource(new Stack(app, 'Canary'), 'Bucket', {
    type: 'AWS::S3::Bucket',
    properties: { VersioningConfiguration: { Status: 'Sometimes' } },
  });

  app.synth(); // an invalid value is a warning; `cdk synth --strict` fails on it, and so does this test

  const report: Report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8'));
  const validator = report.pluginReports.find(({ pluginName }) => pluginName === 'CloudFormation Validate');
  const paths = validator?.violations.flatMap(({ violatingConstructs }) => violatingConstructs) ?? [];
  expect(paths).toEqual([expect.objectContaining({ constructPath: 'Canary/Bucket' })]);
}, 60_000);
