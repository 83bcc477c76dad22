/** `npm run simulate:lake`: planner, compaction and maintenance, as they ship, over a year of a lake that only counts. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, numberOf, secondsOf, shareOf } from '../../cli/estimate/units';
import { flag, names, type Option, runProgram, type ValuesOf } from '../../cli/program';
import { chart } from './chart';
import { LATE, SCENARIOS, type Scenario } from './scenarios';
import { table } from './table';
import { simulateYear, type YearOutcome } from './year';

const DOCS = join(__dirname, '..', '..', 'docs');

const value = (
  help: string,
  name: string,
  read: (option: string, text: string) => number,
): Option<number | undefined> => ({
  value: name,
  help,
  read: (given, option) => (given.at(-1) === undefined ? undefined : read(option, given.at(-1) as string)),
});

const PROGRAM = {
  name: 'npm run simulate:lake',
  does: 'Runs planner, compaction and maintenance, as they ship, over a simulated year with late data, and prints what becomes of partitions, in Markdown.',
  options: {
    scenario: names(
      'only this scenario',
      SCENARIOS.map(({ name }) => name),
    ),
    days: value('days in which data arrives (default: as the scenario says; 365)', 'N', (option, text) =>
      numberOf(option, text, { least: 1, most: 3_650, words: 'from 1 to 3,650', isWhole: true }),
    ),
    'per-day': value('an own scenario instead: text a day, such as 50GB', 'SIZE', (option, text) =>
      bytesOf(option, text, { least: 1e3, most: 10e12, words: 'from 1kB to 10TB' }),
    ),
    'object-size': value('of that scenario: raw objects, gzip, such as 5MB (default 1MB)', 'SIZE', (option, text) =>
      bytesOf(option, text, { least: 1e3, most: 5e9, words: 'from 1kB to 5GB' }),
    ),
    every: value('the same: between two runs, such as 15min (default 1h)', 'TIME', (option, text) =>
      secondsOf(option, text, { least: 60, most: 86_400, words: 'from 1min to 1d' }),
    ),
    late: value('the same: objects that are late, such as 20% (default 5%)', 'SHARE', (option, text) =>
      shareOf(option, text, { least: 0, most: 1, words: 'from 0% to 100%' }),
    ),
    'late-by': value('the same: half of the late ones are later than this (default 6h)', 'TIME', (option, text) =>
      secondsOf(option, text, { least: 1, most: 365 * 86_400, words: 'from 1s to 1y' }),
    ),
    'late-up-to': value('the same: none is later than this (default 30d)', 'TIME', (option, text) =>
      secondsOf(option, text, { least: 1, most: 365 * 86_400, words: 'from 1s to 1y' }),
    ),
    tenants: value('the same: values of a leading key (default 1: no such key)', 'N', (option, text) =>
      numberOf(option, text, { least: 1, most: 100, words: 'from 1 to 100', isWhole: true }),
    ),
    write: flag('renews table and plots in docs/'),
  },
};

async function main(values: ValuesOf<typeof PROGRAM>): Promise<number> {
  const rows: (readonly [Scenario, YearOutcome])[] = [];
  for (const scenario of chosen(values)) {
    process.stderr.write(`${scenario.title} ...\n`);
    rows.push([scenario, await simulateYear(scenario)]);
  }
  console.log(table(rows));
  if (values.write) write(rows);
  return rows.every(([, { rows: of }]) => of.arrived === of.visible + of.pending) ? 0 : 1;
}

function chosen(values: ValuesOf<typeof PROGRAM>): readonly Scenario[] {
  const { days, late: share, every, tenants } = values;
  const own = [
    values['per-day'],
    values['object-size'],
    every,
    share,
    values['late-by'],
    values['late-up-to'],
    tenants,
  ];
  if (own.every((option) => option === undefined))
    return SCENARIOS.filter(({ name }) => values.scenario.includes(name)).map((scenario) => ({
      ...scenario,
      days: days ?? scenario.days,
    }));
  return [
    {
      ...LATE,
      name: 'own',
      title: 'as given',
      days: days ?? LATE.days,
      bytesPerDay: values['per-day'] ?? LATE.bytesPerDay,
      objectBytes: values['object-size'] ?? LATE.objectBytes,
      everySeconds: every ?? LATE.everySeconds,
      values: tenants ?? LATE.values,
      late: {
        share: share ?? LATE.late.share,
        medianSeconds: values['late-by'] ?? LATE.late.medianSeconds,
        longestSeconds: values['late-up-to'] ?? LATE.late.longestSeconds,
      },
    },
  ];
}

function write(rows: readonly (readonly [Scenario, YearOutcome])[]): void {
  for (const [{ name, title }, outcome] of rows)
    writeFileSync(join(DOCS, 'images', `year-${name}.svg`), chart(title, outcome));
  const page = join(DOCS, 'scaling-lake.md');
  const text = readFileSync(page, 'utf8');
  const place = /(<!-- year: [^>]*-->\n)(?:(?!<!-- end -->)[\s\S])*(?=<!-- end -->)/;
  writeFileSync(
    page,
    text.replace(place, (_, from: string) => `${from}${table(rows)}\n`),
  );
}

runProgram(PROGRAM, main);
