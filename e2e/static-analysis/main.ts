/**
 * `npm run test:static-analysis`: what other tools think of the templates, the sources and the SQL. `-- templates` and so on asks
 * for one of them.
 */
import '../../test/fixtures/datasets/given';
import { join } from 'node:path';
import { CannotRun } from '../tools/errors';
import { supervised } from '../tools/supervisor';
import type { Analysis, Analyzer } from './analysis';
import { cfnLint } from './cfn-lint';
import { checkov } from './checkov';
import { EXCEPTIONS } from './exceptions';
import { judge } from './finding';
import { njsscan } from './njsscan';
import { secrets } from './secrets';
import { trinoSql } from './sql';
import { writeTemplates } from './templates';
import { Workbench } from './tool';
import { workflows } from './workflows';

const onTemplates: Analyzer = async (workbench) => {
  const folder = join(workbench.folder, 'templates');
  const files = writeTemplates(folder);
  return [await cfnLint(workbench, folder, files), await checkov(workbench, folder, files)];
};

const SOURCES: Readonly<Record<string, Analyzer>> = {
  templates: onTemplates,
  sources: njsscan,
  secrets,
  sql: trinoSql,
  workflows,
};

void supervised(async (supervisor) => {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !(name in SOURCES));
  if (unknown !== undefined) {
    throw new CannotRun(
      `There is no analysis of '${unknown}': ask for ${Object.keys(SOURCES).join(', ')}, or for all.`,
    );
  }
  const workbench = new Workbench(supervisor);
  const tally = { passed: 0, failed: 0 };
  for (const [name, source] of Object.entries(SOURCES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    for (const analysis of await source(workbench)) {
      const failures = tell(analysis);
      tally.failed += failures;
      if (failures === 0) tally.passed += 1;
    }
  }
  console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed === 0 ? 0 : 1;
});

/** Prints the judgement. @returns how many things are wrong */
function tell({ tool, subject, findings, canary }: Analysis): number {
  const { open, excepted, stale } = judge(tool, findings, EXCEPTIONS);
  const missed = canary.expected.filter((rule) => !canary.found.has(rule));
  const failures = open.length + stale.length + missed.length;
  console.log(`${failures === 0 ? '✓' : '✗'} ${tool}: ${subject}, ${excepted.length} findings excepted with a reason`);
  for (const { rule, where, message, seenIn } of open) console.log(`    ${rule} at ${where}: ${message} (${seenIn})`);
  for (const { rule, where } of stale)
    console.log(`    stale: ${rule} at ${where} is excepted, but not found: remove it`);
  for (const rule of missed)
    console.log(`    canary: ${rule} was not found where it is broken: the tool did not do its work`);
  return failures;
}
