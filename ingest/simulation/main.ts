/** `npm run simulate`: the group of gateways under the loads of `scenarios.ts`. `--write` renews table and plots in docs/. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chart } from './chart';
import { simulate } from './run';
import { SCENARIOS } from './scenarios';
import { table } from './table';

const DOCS = join(__dirname, '..', 'docs');
const { values } = options();

const rows = SCENARIOS.map((scenario) => [scenario, simulate(scenario)] as const);
console.log(table(rows));
if (values.write) {
  for (const [scenario, outcome] of rows) {
    writeFileSync(join(DOCS, 'images', `scaling-${scenario.name}.svg`), chart(scenario, outcome));
  }
  const page = join(DOCS, 'scaling.md');
  const text = readFileSync(page, 'utf8');
  writeFileSync(
    page,
    text.replace(/(<!-- table -->\n)[\s\S]*?(\n<!-- end -->)/, (_, from, to) => `${from}${table(rows)}${to}`),
  );
}

function options() {
  try {
    return parseArgs({ options: { write: { type: 'boolean', default: false } } });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nUsage: npm run simulate -- [--write]\n`);
    process.exit(2);
  }
}
