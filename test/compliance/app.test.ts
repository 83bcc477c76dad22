/** The packs are part of what is deployed: of the app that `bin/lake.ts` builds, and not only of tests that add them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app as command, context as featureFlags } from '../../cdk.json';
import type { PackReport } from '../support/compliance';

/** Those that have something to say of the shipped stages: at least what is acknowledged. */
const PACKS = ['AwsSolutions', 'NIST.800.53.R5', 'HIPAA.Security', 'PCI.DSS.321'];

test('the command of cdk.json runs the packs over the shipped stages, and each finds only what is acknowledged', () => {
  const output = mkdtempSync(join(tmpdir(), 'packs-'));
  try {
    const { status, stderr } = spawnSync(command, {
      cwd: join(__dirname, '..', '..'),
      shell: true,
      encoding: 'utf8',
      env: {
        ...process.env,
        CDK_OUTDIR: output,
        CDK_CONTEXT_JSON: JSON.stringify({ ...featureFlags, stage: 'dev', 'aws:cdk:bundling-stacks': [] }),
      },
    });
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    const text = readFileSync(join(output, 'validation-report.json'), 'utf8');
    const reports = (JSON.parse(text) as { pluginReports: readonly PackReport[] }).pluginReports;
    for (const name of PACKS) {
      const report = reports.find(({ pluginName }) => pluginName === name);
      expect([name, report?.conclusion, report?.suppressedViolations?.length]).toEqual([
        name,
        'success',
        expect.any(Number),
      ]);
    }
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
});
