/** `npm run simulate`: the group of gateways under the loads of `scenarios.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flag, runProgram } from '../../cli/program';
import { chart } from './chart';
import { simulate } from './run';
import { SCENARIOS } from './scenarios';
import { table } from './table';

const DOCS = join(__dirname, '..', 'docs');

const PROGRAM = {
  name: 'npm run simulate',
  does: 'Simulates how the group of gateways scales under load, and prints a table of the results.',
  options: { write: flag('write the table and the plots into ingest/docs too') },
};

runProgram(PROGRAM, async ({ write }) => {
  const rows = SCENARIOS.map((scenario) => [scenario, simulate(scenario)] as const);
  process.stdout.write(`${table(rows)}\n`);
  if (!write) return 0;
  for (const [scenario, outcome] of rows) {
    writeFileSync(join(DOCS, 'images', `scaling-${scenario.name}.svg`), chart(scenario, outcome));
  }
  const page = join(DOCS, 'scaling.md');
  const text = readFileSync(page, 'utf8');
  writeFileSync(
    page,
    text.replace(/(<!-- table -->\n)[\s\S]*?(\n<!-- end -->)/, (_, from, to) => `${from}${table(rows)}${to}`),
  );
  return 0;
});
