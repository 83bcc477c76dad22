/** `npm run test:static-analysis`: what other tools report about the templates, the sources and the SQL. */
import '../../test/fixtures/datasets/given';
import { join } from 'node:path';
import { names } from '../../cli/program';
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

const PROGRAM = {
  name: 'npm run test:static-analysis',
  does: 'Runs other tools on the templates, the sources and the SQL. Each finding needs a reviewed exception.',
  options: { only: names('what to analyze', Object.keys(SOURCES)) },
};

supervised(PROGRAM, async (supervisor, { only }) => {
  const workbench = new Workbench(supervisor);
  const tally = { passed: 0, failed: 0 };
  for (const [name, source] of Object.entries(SOURCES)) {
    if (!only.includes(name)) continue;
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
