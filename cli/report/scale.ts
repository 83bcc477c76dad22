import type { Scaled } from '../estimate/scale';
import { bytes, count, dollars, improvement, plural } from '../format';
import { pairChart } from './charts';
import { Html, html } from './html';

/** What the run would read and cost at the scale of its user. */
export function scaleSection(scaled: Scaled): Html {
  const { given, day, measuredDays, times, queries, limits, savings } = scaled;
  return html`<h2>The same at ${given}</h2>
<p class="quiet">Everything that this run measured is kept: rows and Parquet for each raw byte, the size of objects, the share that a
query reads. Only the amount is other: ${count(times)} times what the ${count(measuredDays * 24)} hours of this run had. It is an
estimate, not a bill: list prices of ${scaled.prices.region}, ${scaled.prices.date}, without free tiers.</p>
<ul class="tiles">
<li>A day, raw <strong>${bytes(day.rawBytes)}</strong> <span class="quiet">${count(day.rows)} rows in ${plural(Math.round(day.objects), 'object')}</span></li>
<li>A day, curated <strong>${bytes(day.curatedBytes)}</strong> <span class="quiet">${improvement(day.rawBytes, day.curatedBytes)}</span></li>
<li>A month of the lake <strong>${dollars(scaled.month.dollars)}</strong> <span class="quiet">without queries, ${count(scaled.month.keptDays)} days kept</span></li>
</ul>
${queries.length === 0 ? new Html('') : queryPart(scaled)}
${billTable(scaled)}
${savings.map(({ change, dollars: saved }) => html`<p>${capital(change)} instead of ${bytes(day.rawBytes / day.objects)} would save ${dollars(saved)} of it.</p>`)}
${limits.length === 0 ? new Html('') : html`<p>At this scale:</p><ul>${limits.map((limit) => html`<li>${limit}</li>`)}</ul>`}`;
}

function queryPart({ queries, queriesOfMonth: { timesADay, raw, curated } }: Scaled): Html {
  const pairs = (value: (cost: Scaled['queries'][number]['raw']) => number) =>
    queries.map((query) => ({ name: query.title, raw: value(query.raw), curated: value(query.curated) }));
  return html`<div class="charts">
${pairChart(
  'Bytes that a query must read',
  pairs((cost) => cost.bytes),
  bytes,
)}
${pairChart(
  'Dollars per query, as Athena bills',
  pairs((cost) => cost.dollars),
  dollars,
)}
</div>
<p>Each of these queries ${count(timesADay)} times a day costs ${dollars(raw)} a month on the raw zone, and ${dollars(curated)} on the curated
zone: ${improvement(raw, curated)}.</p>`;
}

function billTable({ month: { parts, dollars: all } }: Scaled): Html {
  const rows = parts.map(
    ({
      part,
      dollars: sum,
      of,
    }) => html`<tr><th scope="row">${part}</th><td>${dollars(sum)}</td><td class="text wrap">${of}</td></tr>
`,
  );
  return html`<div class="scroll" role="region" aria-label="A month of the lake" tabindex="0"><table>
<thead><tr><th scope="col">A month of the lake, without queries</th><th scope="col">Dollars</th><th class="text" scope="col">Of</th></tr></thead>
<tbody>
${rows}</tbody>
<tfoot><tr><th scope="row">All</th><td>${dollars(all)}</td><td></td></tr></tfoot></table></div>`;
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
