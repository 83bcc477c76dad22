import { ATHENA_MINIMUM_BYTES } from '../lib/prices';
import type { Scaled } from './estimate/scale';
import { bytes, count, dollars, improvement, plural, seconds } from './format';
import type { RunResult } from './result';
import type { Table, Terminal } from './terminal';
import { visible } from './visible';

const LINES_SHOWN = 3;
const FILES_SHOWN = 20;

/** The table of the run: what the lake buys, before and after. */
function comparisonTable({ total, queries }: RunResult): Table {
  const row = (name: string, before: number, after: number, show: (value: number) => string, less = 'less') => [
    name,
    show(before),
    show(after),
    improvement(before, after, less),
  ];
  return {
    head: ['', 'raw', 'curated', ''],
    align: ['left', 'right', 'right', 'right'],
    rows: [
      row('Files', total.filesBefore, total.filesAfter, count, 'fewer'),
      row('Bytes stored', total.bytesBefore, total.bytesAfter, bytes),
      ...queries.flatMap(({ title, raw, curated }): Table['rows'] => [
        'rule',
        [title, '', '', ''],
        row('  bytes to read', raw.bytes, curated.bytes, bytes),
        row('  time', raw.seconds, curated.seconds, seconds),
        [
          '  dollars per query',
          ...[raw, curated].map(({ dollars: { billed, minimum } }) => `${dollars(billed)}${minimum ? '*' : ''}`),
          improvement(raw.dollars.billed, curated.dollars.billed),
        ],
      ]),
    ],
  };
}

/** What can be said of the answers, to follow on the account. */
export const verdict = (queries: RunResult['queries']): string =>
  queries.length > 0 && queries.every(({ equal }) => equal) ? ', and both zones give the same answers' : '';

/** Names of undeclared members that are printed; `--json` has up to 100 per task. */
const NAMES_SHOWN = 10;

/** What was accepted but needs attention. */
function noticed({ compaction: { reported, undeclared, otherUndeclared, outsidePartition } }: RunResult): string[] {
  const texts: string[] = [];
  const failed = Object.entries(reported.failedChecks).map(([name, rows]) => `${name} ${count(rows)}`);
  if (failed.length > 0) {
    texts.push(
      `Checks: ${plural(reported.rowsWarned, 'row')} stored with a warning, ${count(reported.rowsFailed)} quarantined (${failed.join(', ')})`,
    );
  }
  if (undeclared.length > 0 || otherUndeclared > 0) {
    const names = undeclared
      .slice(0, NAMES_SHOWN)
      .map(({ name, count: times }) => `${name === '' ? '""' : name} ${count(times)}`);
    const others = undeclared.slice(NAMES_SHOWN).reduce((sum, { count: times }) => sum + times, otherUndeclared);
    texts.push(
      `Undeclared, so not stored: ${[...names, ...(others > 0 ? [`others ${count(others)}`] : [])].join(', ')}`,
    );
  }
  const rows = outsidePartition.reduce((sum, found) => sum + found.rows, 0);
  const [first] = outsidePartition;
  if (first !== undefined) {
    texts.push(
      `${plural(rows, 'event time')} more than a day outside of the partition, in ` +
        `${plural(outsidePartition.length, 'partition')}: for example ${first.example} in ${first.partition}. ` +
        `Likely: ${first.hint}.`,
    );
  }
  return texts;
}

/** What the report says of another scale, in a line. */
const scaleLine = ({ given, month, queries, queriesOfMonth: { timesADay, raw, curated } }: Scaled): string =>
  `At ${given}: about ${dollars(month.dollars)} a month for the lake` +
  `${queries.length === 0 ? '' : `, and for these queries ${timesADay} times a day ${dollars(curated)} instead of ${dollars(raw)}`}. The report has the parts.`;

/** Prints the table, the account and where the results went. */
export function printSummary(
  result: RunResult,
  terminal: Terminal,
  written: readonly (readonly [string, string])[],
): void {
  const { total, queries, quarantine, input, compaction } = result;
  terminal.line();
  terminal.table(comparisonTable(result));
  if (queries.some(({ raw, curated }) => raw.dollars.minimum || curated.dollars.minimum)) {
    terminal.line(
      terminal.dim(
        `* Athena bills at least ${bytes(ATHENA_MINIMUM_BYTES)} a query; beyond it the dollars follow the bytes.`,
      ),
    );
  }
  terminal.line();
  terminal.line(
    `Account: ${plural(total.rowsIn, 'row')} in = ${count(total.rowsOut)} out + ${count(total.rowsQuarantined)} quarantined + ` +
      `${plural(total.duplicates, 'duplicate')}${total.erased === 0 ? '' : ` + ${count(total.erased)} erased`}`,
  );
  for (const { source, object, line, reason } of quarantine.lines.slice(0, LINES_SHOWN)) {
    terminal.line(terminal.dim(visible(`  quarantined ${object ?? source}:${line}  ${reason}`)));
  }
  const hidden = total.rowsQuarantined - Math.min(LINES_SHOWN, quarantine.lines.length);
  if (quarantine.lines.length > 0 && hidden > 0) {
    terminal.line(terminal.dim(`  ... and ${count(hidden)} more`));
  }
  for (const { source, reason } of quarantine.objects.slice(0, LINES_SHOWN)) {
    terminal.line(terminal.dim(visible(`  quarantined as a whole: ${source}  ${reason}`)));
  }
  if (quarantine.objects.length > LINES_SHOWN) {
    terminal.line(terminal.dim(`  ... and ${count(quarantine.objects.length - LINES_SHOWN)} more as a whole`));
  }
  for (const { file, reason } of input.skipped.slice(0, FILES_SHOWN)) {
    terminal.line(terminal.dim(visible(`  left out ${file}  ${reason}`)));
  }
  if (input.skipped.length > FILES_SHOWN) {
    terminal.line(terminal.dim(`  ... and ${count(input.skipped.length - FILES_SHOWN)} more left out`));
  }
  for (const text of noticed(result)) {
    terminal.line(visible(text));
  }
  if (compaction.unplacedObjects > 0) {
    terminal.line(
      `${plural(compaction.unplacedObjects, 'raw object')} outside of every partition stayed where they are:`,
    );
    for (const name of compaction.unplacedNames) {
      terminal.line(terminal.dim(visible(`  ${name}`)));
    }
    if (compaction.unplacedObjects > compaction.unplacedNames.length) {
      terminal.line(
        terminal.dim(`  ... and ${count(compaction.unplacedObjects - compaction.unplacedNames.length)} more`),
      );
    }
  }
  if (result.unreadPartitions.length > 0) {
    const shown = result.unreadPartitions.slice(0, LINES_SHOWN).join(', ');
    const more = result.unreadPartitions.length - LINES_SHOWN;
    terminal.line(
      `Raw files cannot be read back together in ${plural(result.unreadPartitions.length, 'partition')}, so no query is compared: ` +
        `${visible(shown)}${more > 0 ? ` and ${count(more)} more` : ''}. The curated zone holds the rows of the account.`,
    );
  }
  const conflicts = Math.max(0, ...queries.map(({ conflictingKeys }) => conflictingKeys));
  if (conflicts > 0) {
    terminal.line(
      `${plural(conflicts, 'key')} arrived with different contents: the zones may show different copies of them.`,
    );
  }
  if (result.ok) {
    terminal.line(`${terminal.good('✓')} Every row is accounted for${verdict(queries)}.`);
  } else {
    for (const problem of result.problems) {
      terminal.line(`${terminal.bad('✗')} ${visible(problem)}`);
    }
  }
  if (result.scaled !== undefined) terminal.line(scaleLine(result.scaled));
  terminal.line();
  for (const [name, path] of written) {
    terminal.line(`${name.padEnd(9)} ${visible(path)}`);
  }
  terminal.line(terminal.dim(`${seconds(result.seconds.total)}, at most ${bytes(result.peakMemoryBytes)} of memory`));
}
