import { PRICE_LIST } from '../../lib/prices';
import type { Figures } from '../accounting';
import { exitCode } from '../main';
import { renderReport } from '../report';
import type { RunResult } from '../result';
import { printSummary } from '../summary';
import { price } from '../tables/pricing';
import { Terminal } from '../terminal';

const figures: Figures = {
  rowsIn: 1000,
  rowsOut: 990,
  rowsQuarantined: 4,
  duplicates: 6,
  erased: 0,
  unaccounted: 0,
  objectsQuarantined: 1,
  filesBefore: 200,
  filesAfter: 2,
  bytesBefore: 50_000_000,
  bytesAfter: 20_000_000,
};
const cost = (bytes: number, seconds: number) => ({ bytes, files: 3, seconds, dollars: price(bytes) });

const result: RunResult = {
  formatVersion: 1,
  dataset: 'access_logs',
  ok: true,
  problems: [],
  accepted: { rowsIn: 1000, rowsAccepted: 996, least: null, isEnough: true },
  input: {
    kind: 'files',
    files: 3,
    alreadyTaken: 1,
    objectsLoaded: 2,
    rowsLoaded: 1000,
    bytesLoaded: 50_000_000,
    skipped: [{ file: '<b>&"odd\u001b[31m\'', reason: 'empty' }],
  },
  total: figures,
  partitions: [{ partition: 'year=2026/month=06/day=15', ...figures }],
  unreadPartitions: [],
  quarantine: {
    lines: [
      { partition: 'p', source: 'logs/a.json', object: null, line: 17, reason: 'not JSON: <script>alert(1)</script>' },
    ],
    objects: [{ partition: 'p', source: 'bad.gz', reason: 'truncated' }],
  },
  queries: [
    {
      title: 'Most requested paths',
      sql: "SELECT path FROM access_logs WHERE path < '/x'",
      raw: cost(50_000_000, 1.2),
      curated: cost(1_500_000, 0.03),
      equal: true,
      conflictingKeys: 0,
      answer: [],
    },
  ],
  compaction: {
    tasks: 1,
    reported: {
      rowsOutsidePartition: 0,
      rowsWarned: 0,
      rowsFailed: 0,
      failedChecks: {},
      rowsIn: 1000,
      rowsOut: 990,
      rowsQuarantined: 4,
      duplicates: 6,
      superseded: 0,
      deletions: 0,
      rowsReplaced: 0,
      objectsIn: 200,
      bytesIn: 50_000_000,
      objectsQuarantined: 1,
      filesOut: 2,
      bytesOut: 20_000_000,
    },
    filesReplaced: 0,
    filesWritten: 0,
    undeclared: [],
    otherUndeclared: 0,
    outsidePartition: [],
    unplacedObjects: 0,
    unplacedNames: [],
  },
  iceberg: null,
  seconds: { load: 1, compact: 2, query: 3, total: 6 },
  peakMemoryBytes: 500_000_000,
};
const failed: RunResult = {
  ...result,
  ok: false,
  problems: ['year=2026/month=06/day=15: 1 row is missing'],
  total: { ...figures, rowsOut: 989, unaccounted: 1 },
};

const atScale: RunResult = {
  ...result,
  scaled: {
    given: '<1TB/day>',
    day: { rawBytes: 1e12, objects: 10_000_000, rows: 5e10, curatedBytes: 4e11 },
    ...{ measuredDays: 2, times: 100_000 },
    queries: [{ title: 'Most & least', raw: { bytes: 5e11, dollars: 2.5 }, curated: { bytes: 1e10, dollars: 0.05 } }],
    month: { dollars: 4_321, keptDays: 365, parts: [{ part: 'S3 storage', dollars: 4_321, of: 'curated <b>' }] },
    queriesOfMonth: { timesADay: 10, raw: 760, curated: 15.2 },
    limits: ['Write larger objects.'],
    savings: [{ change: 'raw objects of 10 MB', dollars: 1_234 }],
    prices: PRICE_LIST,
  },
};

const VOID = new Set(['meta', 'rect']);

/** Every element that is opened is closed, in order, and every attribute is quoted. */
function expectWellFormed(page: string): void {
  const open: string[] = [];
  const body = page.replace('<!doctype html>', '').replace(/<style>[^<]*<\/style>/, '');
  for (const [tag, close, name = ''] of body.matchAll(/<(\/?)([a-z0-9]+)(?:\s[^<>]*)?>/g)) {
    if (close === '/') expect(`</${open.pop()}>`).toBe(tag);
    else if (!VOID.has(name)) open.push(name);
    expect(tag.replace(/\s[a-zA-Z-]+="[^"]*"/g, '')).toMatch(/^<\/?[a-z0-9]+\/?>$/);
  }
  expect(open).toEqual([]);
  expect(body.replace(/<\/?[a-z0-9]+(?:\s[^<>]*)?>/g, '')).not.toMatch(/[<>]/);
}

describe('the HTML report', () => {
  test.each([
    ['of a good run', result],
    ['of a bad run', failed],
    ['at another scale', atScale],
    ['of an empty lake', { ...result, queries: [], partitions: [], quarantine: { lines: [], objects: [] } }],
  ])('%s is well-formed', (_, run) => {
    expectWellFormed(renderReport(run));
  });

  test('asks for nothing from anywhere and runs nothing', () => {
    const page = renderReport(result);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|url\(|@import|https?:/i);
  });

  test('holds the figures, with units', () => {
    const page = renderReport(result);
    for (const text of [
      '100x fewer',
      '2.5x less',
      '50 MB',
      '1.5 MB',
      '1.20 s',
      '30 ms',
      '$0.00025',
      '$0.000050',
      '990',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).toContain('year=2026/month=06/day=15');
    expect(page).toContain('Every row is accounted for');
  });

  test('says what another scale costs and reads, only when asked', () => {
    const page = renderReport(atScale);
    for (const text of [
      'The same at &lt;1TB/day&gt;',
      '$4,321',
      '10 GB',
      '$760',
      '$15',
      '50x less',
      'Raw objects of 10 MB instead of 100 kB would save $1,234',
      'Write larger objects.',
    ]) {
      expect(page).toContain(text);
    }
    expect(renderReport(result)).not.toContain('The same at');
  });

  test('charts give their figures to a screen reader, on a scale from zero', () => {
    const page = renderReport(result);
    expect(page).toContain('role="img" aria-label="Files: raw 200, curated 2"');
    const widths = [...page.matchAll(/<rect class="(\w+)" x="0" y="[\d.]+" width="([\d.]+)"/g)].map((match) =>
      Number(match[2]),
    );
    expect(widths.slice(0, 2)).toEqual([380, 3.8]);
    expect(widths.slice(2, 4)).toEqual([380, 152]);
  });

  test('shows what was put in as text only', () => {
    const page = renderReport(result);
    expect(page).toContain('not JSON: &lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('&lt;b&gt;&amp;&quot;odd\\u001b[31m&#39;');
  });

  test('says loudly what is wrong', () => {
    expect(renderReport(failed)).toContain('<li>year=2026/month=06/day=15: 1 row is missing</li>');
    expect(renderReport(failed)).not.toContain('Every row is accounted for');
    expect(renderReport(failed)).toContain('<span class="bad">1</span>');
  });

  test('rows too many, and answers that differ, with reason and without, are shown as such', () => {
    const [query] = result.queries;
    const of = (more: object) =>
      renderReport({ ...failed, queries: [{ ...(query as NonNullable<typeof query>), ...more }] });
    const many = renderReport({ ...failed, total: { ...figures, unaccounted: -2 } });
    expect(many).toContain('<span class="bad">-2</span>');
    expect(of({})).toContain('<td class="text">equal</td>');
    expect(of({ equal: false })).toContain('<td class="text"><span class="bad">differ</span></td>');
    const conflicts = of({ equal: false, conflictingKeys: 2 });
    expect(conflicts).toContain('<td class="text">differ (see below)</td>');
    expect(conflicts).toContain('2 keys arrived more than once with different contents.');
    expect(of({})).not.toContain('arrived more than once');
  });

  test('says that not all lines are shown, and what was erased, where there is such', () => {
    expect(renderReport(result)).toContain('4 rows and 1 whole object. The first line is shown.');
    const all = renderReport({ ...result, total: { ...figures, rowsQuarantined: 1, objectsQuarantined: 0 } });
    expect(all).toContain('kept with reason and place: 1 row.</p>');
    expect(renderReport(result)).not.toContain('rased');
    const erased = renderReport({ ...result, total: { ...figures, erased: 7 } });
    expect(erased).toContain('Rows in = rows out + quarantined + duplicates + erased.');
    expect(erased).toContain('<td>7</td>');
  });

  test('follows the scheme of the reader', () => {
    expect(renderReport(result)).toContain('@media (prefers-color-scheme: dark)');
  });
});

test.each([
  ['all is well', { ok: true, problems: [], isEnough: true }, 0],
  ['too few rows were accepted, and that alone', { ok: false, problems: ['too few'], isEnough: false }, 3],
  ['too few rows were accepted, and others are lost', { ok: false, problems: ['lost', 'too few'], isEnough: false }, 1],
  ['rows are lost', { ok: false, problems: ['lost'], isEnough: true }, 1],
])('the exit code when %s', (_, { isEnough, ...run }, code) => {
  expect(exitCode({ ...run, accepted: { rowsIn: 1, rowsAccepted: 1, least: null, isEnough } })).toBe(code);
});

describe('the summary', () => {
  const print = (run: RunResult): string => {
    let text = '';
    printSummary(run, new Terminal({ write: (more) => (text += more) }, {}), [['Report', 'report.html']]);
    return text;
  };

  test('is one table, the account, and where the results are', () => {
    const text = print(result);
    expect(text).toMatch(/Files +200 +2 +100x fewer/);
    expect(text).toMatch(/Bytes stored +50 MB +20 MB +2\.5x less/);
    expect(text).toMatch(/ {2}bytes to read +50 MB +1\.5 MB +33\.3x less/);
    expect(text).toMatch(/ {2}time +1\.20 s +30 ms +40x less/);
    expect(text).toMatch(/ {2}dollars per query +\$0\.00025 +\$0\.000050\* +5x less/);
    expect(text).toContain('* Athena bills at least 10 MB a query');
    expect(text).toContain('1,000 rows in = 990 out + 4 quarantined + 6 duplicates');
    expect(text).toContain('quarantined logs/a.json:17  not JSON');
    expect(text).toContain('... and 3 more');
    expect(text).toContain('✓ Every row is accounted for');
    expect(text).toMatch(/Report +report\.html/);
  });

  test('tells all that needs attention, and how much of it is not shown', () => {
    const [query] = result.queries;
    const many = (count: number) => Array.from({ length: count }, (_, index) => index);
    const [line] = result.quarantine.lines;
    const text = print({
      ...result,
      total: { ...figures, rowsQuarantined: 9, erased: 7 },
      queries: [
        { ...(query as NonNullable<typeof query>), equal: false, conflictingKeys: 2 },
        { ...(query as NonNullable<typeof query>) },
      ],
      input: { ...result.input, skipped: many(22).map((index) => ({ file: `f${index}`, reason: 'empty' })) },
      quarantine: {
        lines: many(5).map((index) => ({
          ...(line as NonNullable<typeof line>),
          line: index,
          object: index === 0 ? 'o' : null,
        })),
        objects: many(4).map((index) => ({ partition: 'p', source: `bad${index}`, reason: 'torn' })),
      },
      unreadPartitions: many(5).map((index) => `p${index}`),
      compaction: {
        ...result.compaction,
        reported: { ...result.compaction.reported, rowsWarned: 1, rowsFailed: 2, failedChecks: { n_range: 3 } },
        undeclared: many(12).map((index) => ({ name: index === 0 ? '' : `m${index}`, count: 100 - index })),
        otherUndeclared: 5,
        outsidePartition: [
          { partition: 'p1', rows: 3, example: '1970-01-20', hint: 'seconds' },
          { partition: 'p2', rows: 4, example: 'x', hint: 'y' },
        ],
        unplacedObjects: 3,
        unplacedNames: ['a', 'b'],
      },
    });
    const from = text.indexOf('Account:');
    expect(
      text.slice(from, text.indexOf('\n\n', from)),
    ).toBe(`Account: 1,000 rows in = 990 out + 9 quarantined + 6 duplicates + 7 erased
  quarantined o:0  not JSON: <script>alert(1)</script>
  quarantined logs/a.json:1  not JSON: <script>alert(1)</script>
  quarantined logs/a.json:2  not JSON: <script>alert(1)</script>
  ... and 6 more
  quarantined as a whole: bad0  torn
  quarantined as a whole: bad1  torn
  quarantined as a whole: bad2  torn
  ... and 1 more as a whole
${many(20)
  .map((index) => `  left out f${index}  empty\n`)
  .join('')}  ... and 2 more left out
Checks: 1 row stored with a warning, 2 quarantined (n_range 3)
Undeclared, so not stored: "" 100, m1 99, m2 98, m3 97, m4 96, m5 95, m6 94, m7 93, m8 92, m9 91, others 184
7 event times more than a day outside of the partition, in 2 partitions: for example 1970-01-20 in p1. Likely: seconds.
3 raw objects outside of every partition stayed where they are:
  a
  b
  ... and 1 more
Raw files cannot be read back together in 5 partitions, so no query is compared: p0, p1, p2 and 2 more. The curated zone holds the rows of the account.
2 keys arrived with different contents: the zones may show different copies of them.
✓ Every row is accounted for.`);
  });

  test('never lets a file name steer the terminal', () => {
    expect(print(result)).not.toContain('\u001b');
  });

  test('lists every problem', () => {
    expect(print(failed)).toContain('✗ year=2026/month=06/day=15: 1 row is missing');
    expect(print(failed)).not.toContain('✓ Every row');
  });
});
