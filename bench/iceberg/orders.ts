import { createHash } from 'node:crypto';
import { DAY_MS, parseDataset } from '../../lib/dataset';

/** Orders by day: compaction leaves a file a day, in the order of their time. */
export const ORDERS = parseDataset({
  name: 'bench_orders',
  description: 'Orders of the benchmark',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'serial', type: 'bigint', notNull: true },
    { name: 'ordered_at', type: 'timestamp', notNull: true },
    { name: 'account', type: 'string' },
    { name: 'country', type: 'string' },
    { name: 'status', type: 'string' },
    { name: 'amount', type: 'decimal(12,2)' },
    { name: 'latency_ms', type: 'int' },
    { name: 'note', type: 'string' },
  ],
  partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
  eventTime: 'ordered_at',
  sortBy: ['ordered_at'],
  input: { formats: ['ndjson'] },
});

// Product code that looks for datasets by name finds this one, as in a bundle: import this before what reads the configuration.
Object.defineProperty(globalThis, '__LAKE_DATASETS__', { configurable: true, value: [ORDERS] });

export interface Size {
  readonly days: number;
  readonly rowsADay: number;
}

export const FIRST_DAY = Date.UTC(2026, 3, 1);
export const COUNTRIES = ['AT', 'BR', 'CH', 'DE', 'FR', 'IN', 'JP', 'KE', 'US', 'ZA'];
const STATUSES = ['paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'paid', 'sent', 'sent', 'refunded'];
const ACCOUNTS = 5_000;

export const partitionOf = (day: number): string => {
  const [year, month, date] = new Date(FIRST_DAY + day * DAY_MS).toISOString().split(/[-T]/);
  return `year=${year}/month=${month}/day=${date}`;
};

/** Digits that look random, the same in each run. */
const digits = (row: number): string => createHash('sha256').update(String(row)).digest('hex');

/** The id of a row: without any order, as a UUID of version 4. */
export const idOf = (row: number): string => digits(row).slice(0, 32);

/** A row as its producer writes it. */
export function line(row: number, { rowsADay }: Size): string {
  const random = digits(row);
  const number = (from: number, below: number): number => Number.parseInt(random.slice(from, from + 8), 16) % below;
  return JSON.stringify({
    id: idOf(row),
    serial: row,
    ordered_at: new Date(FIRST_DAY + Math.floor((row * DAY_MS) / rowsADay)).toISOString(),
    account: `account-${number(8, ACCOUNTS)}`,
    country: COUNTRIES[number(16, COUNTRIES.length)],
    status: STATUSES[number(24, STATUSES.length)],
    amount: (number(32, 100_000) / 100).toFixed(2),
    latency_ms: number(40, 2_000),
    note: random.slice(0, 40 + number(48, 24)),
  });
}
