import { UsageError } from '../command-line';
import { DEFAULT_REPORT, DEFAULT_ROWS, helpText, parseOptions } from '../options';

const DATASETS = ['access_logs', 'orders'];
const parse = (...args: string[]) => parseOptions(args, DATASETS);

test('no arguments: generated rows of the first dataset, in a temporary lake', () => {
  expect(parse()).toEqual({
    source: { rows: DEFAULT_ROWS },
    throughIngest: false,
    dataset: 'access_logs',
    namesDataset: false,
    keep: undefined,
    json: undefined,
    report: DEFAULT_REPORT,
    minAccepted: undefined,
  });
});

test('takes every option', () => {
  expect(
    parse('--input', 'in', '--dataset=orders', '--keep', 'lake', '--json', 'o.json', '--report', 'r.html'),
  ).toEqual({
    source: { directory: 'in' },
    throughIngest: false,
    dataset: 'orders',
    namesDataset: true,
    keep: 'lake',
    json: 'o.json',
    report: 'r.html',
    minAccepted: undefined,
  });
  expect(parse('--rows', '12', '--through-ingest')).toMatchObject({ source: { rows: 12 }, throughIngest: true });
  expect(parse('--keep', 'lake', '--compact')).toMatchObject({ source: { kept: true }, namesDataset: false });
  expect(parse('--keep', 'lake', '--compact', '--dataset', 'orders')).toMatchObject({ dataset: 'orders' });
  expect(parse('--rows', '12')).toMatchObject({ source: { rows: 12 } });
  expect(parse('--dataset', 'orders')).toMatchObject({ source: { rows: DEFAULT_ROWS }, dataset: 'orders' });
});

test('with one dataset, files are of that one', () => {
  expect(parseOptions(['--input', 'in'], ['page_views'])).toMatchObject({ dataset: 'page_views' });
});

test.each([
  ['90%', 0.9],
  ['0.9', 0.9],
  ['.5', 0.5],
  ['0', 0],
  ['1', 1],
  ['100%', 1],
  ['99.5%', 0.995],
  [' 7% ', 0.07],
])('--min-accepted %j is the share %d', (text, share) => {
  expect(parse('--min-accepted', text)).toMatchObject({ minAccepted: share });
});

test.each([
  ...['90', '1.1', '101%', 'most', '-1', '0.9.1', '%', '1e-1'].map((text): [string[], string] => [
    [`--min-accepted=${text}`],
    `--min-accepted: must be a share from 0% to 100%, but got "${text}"\n    fix: write a share such as 90% or 0.9`,
  ]),
  [
    ['--rows', 'many'],
    '--rows: must be a whole number from 1 to 50,000,000, but got "many"\n    fix: write one such as 450000',
  ],
  [['--rows', '0'], '--rows: must be a whole number'],
  [['--rows', '1.5'], '--rows: must be a whole number'],
  [['--rows', '50000001'], '--rows: must be a whole number'],
  [['--rows'], '--rows: its value is missing\n    fix: write --rows VALUE'],
  [['--rows', '-1'], '--rows: its value is missing\n    fix: write --rows VALUE; --rows=VALUE if it begins with "-"'],
  [['--compact=yes'], '--compact: it has a value, but is either given or not\n    fix: write --compact alone'],
  [
    ['--rows', '5', '--input', 'in', '--dataset', 'orders'],
    '--rows: is for generated rows\n    fix: leave it out with --input',
  ],
  [['--input', 'in'], '--input: no dataset is named\n    fix: add --dataset, one of access_logs, orders'],
  [
    ['--input', 'in', '--dataset', 'order'],
    '--dataset: there is no dataset "order"\n    fix: write one of access_logs, orders',
  ],
  [['--compact'], '--compact: no lake is named\n    fix: add --keep DIR'],
  [['--compact', '--keep', 'lake', '--rows', '5'], '--compact: compacts what is in the lake'],
  [['--through-ingest', '--input', 'in', '--dataset', 'orders'], '--through-ingest: is for generated rows'],
  [['--keep', ''], '--keep: its value is empty\n    fix: write --keep VALUE'],
  [['--fast'], '--fast: there is no such option\n    fix: write one of --rows, --compact, --through-ingest'],
  [['--datasets', 'orders'], '--datasets: there is no such option\n    fix: write --dataset'],
  [['-x'], '-x: there is no such option'],
  [['lake'], 'lake: no argument belongs here'],
  [["it's here"], "it's here: no argument belongs here"],
])('%j is refused: %s', (args, message) => {
  expect(() => parse(...args)).toThrow(UsageError);
  expect(() => parse(...args)).toThrow(message);
});

test('--help wins over mistakes of others, and documents every option with its default', () => {
  expect(parse('--help', '--rows', '5')).toBe('help');
  expect(parse('-h')).toBe('help');
  const text = helpText(DATASETS, true);
  for (const option of [
    '--rows',
    '--input',
    '--compact',
    '--dataset',
    '--through-ingest',
    '--keep',
    '--json',
    '--report',
    '--min-accepted',
    '--help',
  ]) {
    expect(text).toContain(`\n  ${option} `);
  }
  expect(text).toContain('default 450,000');
  expect(text).toContain(`default ${DEFAULT_REPORT}`);
  expect(text).toContain('access_logs, orders');
  expect(text.split('\n').every((line) => line.length <= 120)).toBe(true);
});

test('a lake without the ingest tier offers no option of it', () => {
  const [full, own] = [helpText(DATASETS, true), helpText(DATASETS, false)];
  expect(own).not.toContain('ingest');
  expect(own.split('\n').length).toBe(full.split('\n').length - 1);
  expect(own).toContain('pending objects of --keep\n');
});
