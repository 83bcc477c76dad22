/** The packs are part of what is deployed: of the app that `bin/lake.ts` builds, and not only of tests that add them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app as command, context as featureFlags } from '../../cdk.json';
import type { PackReport } from '../support/compliance';
import { copyProject } from '../support/project-copy';

/** Each with a rule that a bare bucket breaks. */
const PACKS = {
  AwsSolutions: 'AwsSolutions-S1',
  'NIST.800.53.R5': 'NIST.800.53.R5-S3BucketPublicReadProhibited',
  'HIPAA.Security': 'HIPAA.Security-S3BucketPublicReadProhibited',
  'PCI.DSS.321': 'PCI.DSS.321-S3BucketPublicReadProhibited',
  Lake: 'Lake-s3-bucket-tls-floor',
};

test('the command of cdk.json runs the packs over its app: a bad bucket in it fails the synth, and is all that they find', () => {
  const folder = mkdtempSync(join(tmpdir(), 'packs-'));
  const output = join(folder, 'cdk.out');
  try {
    const { status, stderr } = spawnSync(command, {
      cwd: copyProject(join(folder, 'project')),
      shell: true,
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_OPTIONS: `--require ${join(__dirname, 'bad-bucket.js')}`,
        CDK_OUTDIR: output,
        CDK_CONTEXT_JSON: JSON.stringify({ ...featureFlags, stage: 'dev', 'aws:cdk:bundling-stacks': [] }),
      },
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining('Bad/Bucket')]);
    const text = readFileSync(join(output, 'validation-report.json'), 'utf8');
    const reports = (JSON.parse(text) as { pluginReports: readonly PackReport[] }).pluginReports;
    for (const [name, rule] of Object.entries(PACKS)) {
      const { conclusion, violations = [] } = reports.find(({ pluginName }) => pluginName === name) ?? {};
      expect([name, conclusion]).toEqual([name, 'failure']);
      expect(violations.map(({ ruleName }) => ruleName)).toContain(rule);
      const places = violations.flatMap(({ violatingConstructs }) => violatingConstructs);
      expect(new Set(places.map(({ constructPath }) => constructPath))).toEqual(new Set(['Bad/Bucket']));
    }
    // They looked at the stage too, where what they find is acknowledged.
    const acknowledged = reports.flatMap(({ suppressedViolations = [] }) => suppressedViolations);
    expect(acknowledged.some(({ acknowledgedAt }) => acknowledgedAt.startsWith('dev/'))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
