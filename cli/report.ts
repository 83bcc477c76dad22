import { ATHENA_MINIMUM_BYTES, PRICES } from '../lib/prices';
import type { Figures, PartitionFigures } from './accounting';
import { bytes, count, dollars, improvement, plural, seconds } from './format';
import { pairChart } from './report/charts';
import { Html, html } from './report/html';
import { scaleSection } from './report/scale';
import { STYLE } from './report/style';
import type { RunResult } from './result';
import { verdict } from './summary';

/** The run as one HTML page that asks for nothing else: no script, no font, no picture from anywhere. */
export function renderReport(result: RunResult): string {
  const { dataset, queries, quarantine } = result;
  return page(
    dataset,
    html`${header(result)}
${tiles(result)}
${queries.length === 0 ? NOTHING : charts(result)}
${queries.length === 0 ? NOTHING : queryTable(result)}
${result.scaled === undefined ? NOTHING : scaleSection(result.scaled)}
${partitionTable(result)}
${quarantine.lines.length + quarantine.objects.length === 0 ? NOTHING : quarantineTable(result)}
${footer(result)}`,
  );
}

/** The page of a run that ended before there was anything to compare, because a check refused its rows. */
export function renderRefusal(dataset: string, message: string): string {
  const lines = message.split('\n').map((line) => html`<li>${line.trim()}</li>`);
  return page(
    dataset,
    html`<header>
<h1>From small files to a lake: <code>${dataset}</code></h1>
<div class="verdict bad"><p>A check refused the commit, so that nothing of these partitions is in the curated zone:</p><ul>${lines}</ul></div>
</header>`,
  );
}

function page(dataset: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lake report: ${dataset}</title>
${STYLE}
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text;
}

const NOTHING = new Html('');

function header({ dataset, input, ok, problems, total, queries }: RunResult): Html {
  const what = { generated: 'generated data', files: 'your own files', kept: 'what the lake held' }[input.kind];
  return html`<header>
<h1>From small files to a lake: <code>${dataset}</code></h1>
<p class="quiet">${plural(total.rowsIn, 'row')} of ${what}, in the raw zone as they arrived and in the curated zone after
compaction. Both zones were asked the same questions.</p>
${
  ok
    ? html`<p class="verdict good">Every row is accounted for${verdict(queries)}.</p>`
    : html`<div class="verdict bad"><p>Something is wrong:</p><ul>${problems.map((text) => html`<li>${text}</li>`)}</ul></div>`
}
</header>`;
}

function tiles({ total, queries }: RunResult): Html {
  const read = queries.reduce((sum, { raw }) => sum + raw.bytes, 0);
  const readAfter = queries.reduce((sum, { curated }) => sum + curated.bytes, 0);
  const tile = (name: string, before: number, after: number, show: (value: number) => string, less = 'less'): Html =>
    html`<li>${name} <strong>${improvement(before, after, less)}</strong> <span class="quiet">${show(before)} → ${show(after)}</span></li>
`;
  const bytesRead = queries.length === 0 ? [] : [tile(`Read by ${queries.length} queries`, read, readAfter, bytes)];
  return html`<ul class="tiles">
${tile('Files', total.filesBefore, total.filesAfter, count, 'fewer')}${tile('Stored', total.bytesBefore, total.bytesAfter, bytes)}${bytesRead}</ul>`;
}

function charts({ total, queries }: RunResult): Html {
  const pairs = (value: (cost: RunResult['queries'][number]['raw']) => number) =>
    queries.map(({ title, raw, curated }) => ({ name: title, raw: value(raw), curated: value(curated) }));
  return html`<h2>Before and after</h2>
<p class="legend"><span style="--swatch: var(--raw)">raw</span><span style="--swatch: var(--curated)">curated</span></p>
<div class="charts">
${pairChart('Files', [{ raw: total.filesBefore, curated: total.filesAfter }], count)}
${pairChart('Bytes stored', [{ raw: total.bytesBefore, curated: total.bytesAfter }], bytes)}
${pairChart(
  'Bytes that a query must read',
  pairs((cost) => cost.bytes),
  bytes,
)}
${pairChart(
  'Time on this machine, median of three runs',
  pairs((cost) => cost.seconds),
  seconds,
)}
${pairChart(
  'Dollars per query, as Athena bills',
  pairs((cost) => cost.dollars.billed),
  dollars,
)}
${pairChart(
  'Dollars per query by the bytes alone',
  pairs((cost) => cost.dollars.byBytes),
  dollars,
)}
</div>
<p class="quiet">Athena bills ${dollars(PRICES.athenaScan.usd)} for each terabyte read, and at least ${bytes(ATHENA_MINIMUM_BYTES)} for each query: on little
data both zones cost that minimum, on much data the dollars follow the bytes.</p>`;
}

function queryTable({ queries }: RunResult): Html {
  const rows = queries.map(
    ({ title, raw, curated, equal, conflictingKeys }) => html`<tr><th scope="row">${title}</th>
<td>${bytes(raw.bytes)}</td><td>${bytes(curated.bytes)}</td><td>${count(raw.files)}</td><td>${count(curated.files)}</td>
<td>${seconds(raw.seconds)}</td><td>${seconds(curated.seconds)}</td>
<td>${dollars(raw.dollars.billed)}</td><td>${dollars(curated.dollars.billed)}</td>
<td class="text">${equal ? 'equal' : conflictingKeys > 0 ? 'differ (see below)' : html`<span class="bad">differ</span>`}</td></tr>
`,
  );
  const sql = queries.map(
    ({ title, sql: text }) => html`<p>${title}</p>
<pre><code>${text}</code></pre>
`,
  );
  const zones = html`<th scope="col">raw</th><th scope="col">curated</th>`;
  return html`<h2>Queries</h2>
<div class="scroll" role="region" aria-label="Queries" tabindex="0"><table>
<thead><tr><th scope="col" rowspan="2">Query</th><th scope="colgroup" colspan="2">Bytes to read</th>
<th scope="colgroup" colspan="2">Files to open</th><th scope="colgroup" colspan="2">Time</th>
<th scope="colgroup" colspan="2">Dollars billed</th><th scope="col" rowspan="2">Answers</th></tr>
<tr>${zones}${zones}${zones}${zones}</tr></thead>
<tbody>
${rows}</tbody></table></div>
${conflictNote(queries)}
<details><summary>The queries in SQL</summary>
${sql}</details>`;
}

function conflictNote(queries: RunResult['queries']): Html {
  const keys = Math.max(...queries.map(({ conflictingKeys }) => conflictingKeys));
  return keys === 0
    ? NOTHING
    : html`<p class="quiet">${plural(keys, 'key')} arrived more than once with different contents. Compaction kept one copy of
each, the query on the raw zone perhaps another: both answers are right.</p>`;
}

function partitionTable({ total, partitions }: RunResult): Html {
  const isErased = total.erased > 0;
  const cells = (figures: Figures): Html => html`<td>${count(figures.rowsIn)}</td><td>${count(figures.rowsOut)}</td>
<td>${count(figures.rowsQuarantined)}</td><td>${count(figures.duplicates)}</td>${isErased ? html`<td>${count(figures.erased)}</td>` : NOTHING}
<td>${figures.unaccounted === 0 ? '0' : html`<span class="bad">${count(figures.unaccounted)}</span>`}</td>
<td>${count(figures.filesBefore)}</td><td>${count(figures.filesAfter)}</td>
<td>${bytes(figures.bytesBefore)}</td><td>${bytes(figures.bytesAfter)}</td>`;
  const row = (
    figures: PartitionFigures,
  ): Html => html`<tr><th scope="row">${figures.partition}</th>${cells(figures)}</tr>
`;
  const ends = html`<th scope="col">before</th><th scope="col">after</th>`;
  return html`<h2>The account, partition by partition</h2>
<p class="quiet">Rows in = rows out + quarantined + duplicates${isErased ? ' + erased' : ''}. Rows in are counted on the way into the raw zone, rows out are
what the curated table answers, duplicates are counted in the raw zone.</p>
<div class="scroll" role="region" aria-label="The account, partition by partition" tabindex="0"><table>
<thead><tr><th scope="col" rowspan="2">Partition</th><th scope="col" rowspan="2">Rows in</th><th scope="col" rowspan="2">Rows out</th>
<th scope="col" rowspan="2">Quarantined</th><th scope="col" rowspan="2">Duplicates</th>${isErased ? html`<th scope="col" rowspan="2">Erased</th>` : NOTHING}<th scope="col" rowspan="2">Unaccounted</th>
<th scope="colgroup" colspan="2">Files</th><th scope="colgroup" colspan="2">Bytes</th></tr>
<tr>${ends}${ends}</tr></thead>
<tbody>
${partitions.map(row)}</tbody>
<tfoot><tr><th scope="row">Total</th>${cells(total)}</tr></tfoot></table></div>`;
}

function quarantineTable({ quarantine, total }: RunResult): Html {
  const lines = quarantine.lines.map(
    ({ source, object, line, reason }) => html`<tr><th class="wrap" scope="row">${object ?? source}</th><td>${line}</td>
<td class="text wrap">${reason}</td></tr>
`,
  );
  const objects = quarantine.objects.map(
    ({
      source,
      reason,
    }) => html`<tr><th class="wrap" scope="row">${source}</th><td>whole</td><td class="text wrap">${reason}</td></tr>
`,
  );
  const shown = quarantine.lines.length;
  const more =
    total.rowsQuarantined > shown && shown > 0
      ? ` The first ${shown === 1 ? 'line is' : `${count(shown)} lines are`} shown.`
      : '';
  return html`<h2>Quarantine</h2>
<p class="quiet">Lines that do not fit the dataset, kept with reason and place: ${plural(total.rowsQuarantined, 'row')}${
    total.objectsQuarantined === 0 ? '' : ` and ${plural(total.objectsQuarantined, 'whole object')}`
  }.${more}</p>
<div class="scroll" role="region" aria-label="Quarantine" tabindex="0"><table>
<thead><tr><th scope="col">Source</th><th scope="col">Line</th><th class="text" scope="col">Reason</th></tr></thead>
<tbody>
${objects}${lines}</tbody></table></div>`;
}

function footer({ input, compaction, seconds: times, peakMemoryBytes }: RunResult): Html {
  const unplaced = compaction.unplacedNames.map(
    (name) => html`<li><code>${name}</code></li>
`,
  );
  const skipped = input.skipped.map(
    ({ file, reason }) => html`<li><code>${file}</code>: ${reason}</li>
`,
  );
  return html`<h2>This run</h2>
<p>Loading took ${seconds(times.load)}, compaction ${seconds(times.compact)}, queries and account ${seconds(times.query)};
at most ${bytes(peakMemoryBytes)} of memory. ${plural(input.objectsLoaded, 'object')} loaded, ${count(input.alreadyTaken)} of
${plural(input.files, 'file')} had been loaded by an earlier run.</p>
${skipped.length === 0 ? NOTHING : html`<p>Left out:</p><ul>${skipped}</ul>`}
${unplaced.length === 0 ? NOTHING : html`<p>${plural(compaction.unplacedObjects, 'raw object')} outside of every partition, the first of them:</p><ul>${unplaced}</ul>`}
<p class="quiet">Bytes on the raw side are whole objects, because JSON, CSV and gzip cannot be read in part. Bytes on the curated
side are the manifests, the Parquet footers, and the column chunks of the row groups that minima and maxima do not rule out.
The raw side drops duplicates in its queries and leaves quarantined lines out, so that the answers can be compared. 1 MB is
1,000,000 bytes.</p>`;
}
