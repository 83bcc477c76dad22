import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAYS_PER_MONTH, HOURS_PER_MONTH, PRICE_LIST, PRICES } from '../../lib/prices';
import { bytes, count, plural, seconds } from '../format';
import { billOf, ingestParts, totalOf } from './bill';
import { figuresOf } from './figures';
import { ASSUMED, PREFIX_LIMITS } from './measured';
import { DEFAULT_WORKLOAD, type Workload } from './workload';

interface DocTable {
  /** Between `<!-- NAME: ... -->` and `<!-- end -->`. */
  readonly name: string;
  readonly page: string;
  readonly lines: () => readonly string[];
}

const ROOT = join(__dirname, '..', '..');

const VOLUMES = [1e9, 10e9, 100e9, 1e12, 10e12, 100e12, 1e15];

/** A lake as it grows: objects of 1 MB up to 1 TB a day, then of 10 MB. Leading keys keep a partition below a TB a day. */
export const grown = (bytesPerDay: number): Workload => ({
  ...DEFAULT_WORKLOAD,
  bytesPerDay,
  objectBytes: bytesPerDay > 1e12 ? 10e6 : 1e6,
  datasets: 1,
  partitions: Math.max(1, bytesPerDay / 1e12),
  scheme: bytesPerDay > 100e9 ? 'hour' : 'day',
  queryDays: 1 / 24,
});

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)];
}

/** Whole dollars from ten on. */
const money = (value: number): string => (value >= 10 ? count(value) : value.toFixed(2));
const few = (value: number): string => (value >= 10 ? count(value) : String(Number(value.toPrecision(2))));

function arithmetic(): readonly string[] {
  const workloads = VOLUMES.map(grown);
  const all = workloads.map((workload) => ({ workload, figures: figuresOf(workload) }));
  const line = (name: string, cell: (at: (typeof all)[number]) => string): readonly string[] => [
    name,
    ...all.map(cell),
  ];
  return markdown(
    ['per day', ...VOLUMES.map(bytes)],
    [
      line('object, as stored', ({ workload }) => bytes(workload.objectBytes)),
      line('partitions that receive data', ({ workload }) => `${count(workload.partitions)}, by ${workload.scheme}`),
      line('objects', ({ figures }) => few(figures.objects)),
      line('tasks', ({ figures }) => few(figures.tasks)),
      line('Lambda seconds', ({ figures }) => few(figures.lambdaSeconds)),
      line('active compactors, on average', ({ figures }) => few(figures.concurrency)),
      line('objects per plan', ({ figures }) => few(figures.objects / figures.busyRuns)),
      line('time to plan', ({ figures }) => seconds(figures.planSeconds)),
      line('LISTs and PUTs', ({ figures }) => few(figures.writes)),
      line('GETs', ({ figures }) => few(figures.reads)),
      line(`PUTs per second and prefix, of ${count(PREFIX_LIMITS.writes)}`, ({ figures }) =>
        few(figures.prefixWritesPerSecond),
      ),
      line(`GETs per second and prefix, of ${count(PREFIX_LIMITS.reads)}`, ({ figures }) =>
        few(figures.prefixReadsPerSecond),
      ),
      line('state transitions', ({ figures }) => few(figures.transitions)),
      line(`state transitions per second, of ${count(ASSUMED.transitionsPerSecond)}`, ({ figures }) =>
        few(figures.transitions / 86_400),
      ),
      line('write amplification of Parquet', ({ figures }) => figures.writeAmplification.toFixed(1)),
      line('files of a closed partition', ({ figures }) => few(Math.ceil(figures.filesPerPartition))),
    ],
  );
}

function dollarsByPart(): readonly string[] {
  const bills = VOLUMES.map(grown).map((workload) => billOf(workload, figuresOf(workload)));
  const parts = bills[0]?.map(({ part }) => part) ?? [];
  return markdown(
    ['dollars per month', ...VOLUMES.map(bytes)],
    [
      ...parts.map((part) => [
        part,
        ...bills.map((bill) => money(bill.find((own) => own.part === part)?.dollars ?? 0)),
      ]),
      ['**all**', ...bills.map((bill) => `**${money(totalOf(bill))}**`)],
    ],
  );
}

/** A TB of text, whatever the month. */
function perTerabyte(): readonly string[] {
  const sizes = [100e3, 1e6, 10e6];
  const bills = sizes.map((objectBytes) => {
    // So large that what stands does not count.
    const workload: Workload = { ...DEFAULT_WORKLOAD, bytesPerDay: 1e12, objectBytes, inputCodec: 'none', datasets: 1 };
    const figures = figuresOf(workload);
    const perTB = (part: string): number =>
      (billOf(workload, figures).find((own) => own.part === part)?.dollars ?? 0) / DAYS_PER_MONTH;
    const gets = figures.objects * PRICES.s3Read.usd;
    return {
      "producers' PUTs": perTB("producers' PUTs"),
      "compaction's GETs of these objects": gets,
      'other S3 requests of compaction': perTB("compaction's S3 requests") - gets,
      'Lambda, arm64': perTB('Lambda'),
      'state transitions': perTB('Step Functions'),
    };
  });
  const names = Object.keys(bills[0] ?? {}) as (keyof (typeof bills)[number])[];
  return markdown(
    ['dollars per TB of raw JSON', ...sizes.map((size) => `objects of ${bytes(size)}`)],
    names.map((name) => [name, ...bills.map((bill) => bill[name].toFixed(2))]),
  );
}

/** Of a stage as it is shipped, with three datasets that get nothing. */
const idle = (): readonly string[] => {
  const workload: Workload = { ...DEFAULT_WORKLOAD, bytesPerDay: 0, queriesPerDay: 0 };
  const parts = billOf(workload, figuresOf(workload)).filter(({ dollars }) => dollars >= 0.005);
  return markdown(
    ['idle, per month', 'dollars', 'for'],
    [
      ...parts.map(({ part, dollars, of }) => [part, dollars.toFixed(2), of]),
      ['**all**', `**${totalOf(parts).toFixed(2)}**`, ''],
    ],
  );
};

const ingestTier = (): readonly string[] => {
  const parts = ingestParts();
  return markdown(
    ['ingest tier, per month', 'dollars', 'for'],
    [
      ...parts.map(({ part, dollars, of }) => [part, money(dollars), of]),
      ['**all**', `**${money(totalOf(parts))}**`, ''],
    ],
  );
};

/** What all month at one pace costs. */
const ingestLoad = (): readonly string[] => {
  const seconds = HOURS_PER_MONTH * 3_600;
  const puts = (latency: string, perSecond: number): readonly string[] => [
    `PUTs of a busy instance with \`${latency}\`: up to ${plural(perSecond, 'object')} per second`,
    money(perSecond * seconds * PRICES.s3Write.usd),
  ];
  return markdown(
    ['load, per month', 'dollars'],
    [
      puts('low', 100),
      puts('balanced', 10),
      puts('cheap', 2),
      ['WAF, for 3,200 requests per second, single events', money(3_200 * seconds * PRICES.wafRequest.usd)],
      ['the same in batches of 100', money(32 * seconds * PRICES.wafRequest.usd)],
    ],
  );
};

export const TABLES: readonly DocTable[] = [
  { name: 'arithmetic', page: 'docs/scaling-lake.md', lines: arithmetic },
  { name: 'dollars', page: 'docs/scaling-lake.md', lines: dollarsByPart },
  { name: 'per-terabyte', page: 'docs/guide.md', lines: perTerabyte },
  { name: 'idle', page: 'docs/guide.md', lines: idle },
  { name: 'ingest-tier', page: 'ingest/docs/infrastructure.md', lines: ingestTier },
  { name: 'ingest-load', page: 'ingest/docs/infrastructure.md', lines: ingestLoad },
];

/** All tables, in Markdown. */
export const printTables = (): string =>
  TABLES.map(
    ({ page, lines }) => `${page}, prices of ${PRICE_LIST.region}, ${PRICE_LIST.date}:\n\n${lines().join('\n')}`,
  ).join('\n\n');

/** A page with its tables renewed. @throws Error when the place of a table is missing */
export function renewed(page: string, text: string): string {
  let result = text;
  for (const { name, lines } of TABLES.filter((table) => table.page === page)) {
    const place = new RegExp(`(<!-- ${name}: [^>]*-->\n)(?:(?!<!-- end -->)[\\s\\S])*(?=<!-- end -->)`);
    if (!place.test(result)) throw new Error(`${page} has no place <!-- ${name}: ... --> ... <!-- end -->`);
    result = result.replace(place, (_, from: string) => `${from}${lines().join('\n')}\n`);
  }
  return result;
}

/** Renews the pages that are there; a fork may have removed some. @returns those that changed */
export function writeTables(root = ROOT): readonly string[] {
  const pages = [...new Set(TABLES.map(({ page }) => page))].filter((page) => existsSync(join(root, page)));
  return pages.filter((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const after = renewed(page, text);
    if (after !== text) writeFileSync(join(root, page), after);
    return after !== text;
  });
}
