/** Prices stand in `lib/prices.ts`, and on pages only where a command or this test keeps them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PRICE_LIST, PRICES } from '../../../lib/prices';
import { filesBelow, hasIngest, PROJECT, pages, read, SOURCES } from '../../../test/docs/pages';
import { MEASURED } from '../../estimate/measured';
import { parseEstimate } from '../../estimate/options';
import { renewed, TABLES, writeTables } from '../../estimate/tables';

const own = TABLES.filter(({ page }) => hasIngest || !page.startsWith('ingest/'));

test.each([...new Set(own.map(({ page }) => page))])('the tables of %s are what the command prints', (path) => {
  expect(read(path)).toBe(renewed(path, read(path)));
});

describe('writing the tables', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tables-'));
    mkdirSync(join(root, 'docs'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test('changes what stands in their places and nothing else, of the pages that are there', () => {
    const text = read('docs/guide.md');
    const old = text.replace(/(<!-- idle: .*-->\n)[\s\S]*?(?=<!-- end -->)/, '$1| an old table |\n');
    expect(old).not.toBe(text);
    writeFileSync(join(root, 'docs/guide.md'), old);
    expect(writeTables(root)).toEqual(['docs/guide.md']);
    expect(readFileSync(join(root, 'docs/guide.md'), 'utf8')).toBe(text);
    expect(writeTables(root)).toEqual([]);
  });

  test('says which place is missing', () => {
    writeFileSync(join(root, 'docs/guide.md'), '# Guide\n');
    expect(() => writeTables(root)).toThrow('docs/guide.md has no place <!-- per-terabyte: ... --> ... <!-- end -->');
  });
});

test('each price is above zero, with its unit and a page of AWS', () => {
  expect(PRICE_LIST.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  for (const { usd, unit, source } of Object.values(PRICES)) {
    expect(usd).toBeGreaterThan(0);
    expect(unit).toMatch(/\w/);
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/[a-z0-9-]+\/pricing\/(?:on-demand\/)?$/);
  }
});

/** Numbers that are prices and nothing else: those with a long tail. */
const PRICE_NUMBERS = Object.values(PRICES)
  .flatMap(({ usd }) => [usd, usd * 1_000, usd * 1e6])
  .filter((value) => value < 1 && String(value).replace(/^0\.0*/, '').length > 2)
  .map(String);

/** What looks like an amount of money in a text. */
const AMOUNT = /\$\d+(?:[.,]\d+)*\b|\b\d[\d.,]*(?: (?:to|and) \d[\d.,]*)? (?:dollars?|USD|cents?)\b/g;

/** Amounts outside of tables that the command writes, each with what it is made of. */
const PROSE: readonly (readonly [page: string, text: string, value: number, written: number])[] = [
  [
    'README.md',
    '20 to 40 cents of Lambda',
    MEASURED.compactCpuSecondsPerGB * 1.728 * PRICES.lambdaArm64.usd * 1_000 * 100,
    30,
  ],
  ['README.md', 'GETs add 4 dollars', (1e12 / 100e3) * PRICES.s3Read.usd, 4],
  ['README.md', "your producers' PUTs cost 50", (1e12 / 100e3) * PRICES.s3Write.usd, 50],
  ['README.md', "Athena's 5 dollars a TB scanned", PRICES.athenaScan.usd, 5],
  ['docs/guide.md', 'each further one is 3 dollars', PRICES.dashboard.usd, 3],
  ['docs/deploy.md', 'It costs 3 dollars', PRICES.dashboard.usd, 3],
  ['docs/local-lake.md', "Athena's list price of 5.00 per TB", PRICES.athenaScan.usd, 5],
  ['docs/guide.md', '`arm64` costs 20% less', 100 * (1 - PRICES.lambdaArm64.usd / PRICES.lambdaX86.usd), 20],
  ['docs/scaling-lake.md', '10,450 LISTs, which cost five cents', 100 * 10_450 * PRICES.s3Write.usd, 5],
  ['docs/benchmarks.md', '0.0000133334 USD', PRICES.lambdaArm64.usd, 0.0000133334],
  ['docs/benchmarks.md', '**0.20 USD a TB of NDJSON**', ((8.6 * 1.728 * PRICES.lambdaArm64.usd) / 0.992) * 1_000, 0.2],
  ['docs/benchmarks.md', 'objects of 100 KB cost 4.03 USD', (1e12 / 992e6) * 10_000 * PRICES.s3Read.usd, 4.03],
  ['docs/benchmarks.md', 'Athena CTAS, 5 USD a TB scanned', PRICES.athenaScan.usd, 5],
  ['docs/benchmarks.md', '0.44 USD a DPU-hour', PRICES.crawlerDpuHour.usd, 0.44],
  ['docs/input.md', '50 accounts in 17 regions cost about $0.004 per run', 50 * 17 * PRICES.s3Write.usd, 0.004],
  [
    'docs/deploy.md',
    'which costs five thousandths of a cent',
    100 * (10_000_000 / 1e12) * PRICES.athenaScan.usd,
    0.005,
  ],
  [
    'docs/decisions/scan-cost.md',
    'about a thousandth of a cent per query',
    100 * (PRICES.expressRequest.usd + PRICES.s3Write.usd),
    0.001,
  ],
];

test.each(PROSE)('%s: "%s"', (path, text, value, written) => {
  expect(read(path).replaceAll(/\s+/g, ' ')).toContain(text);
  expect(Math.abs(value / written - 1)).toBeLessThan(0.5);
});

test('every estimate that a page tells to run is one', () => {
  const commands = pages.flatMap(({ text }) =>
    [...text.matchAll(/npm run lake -- estimate((?: --?[\w-]+(?: [\w.]+)?)*)/g)].map(([, args = '']) => args.trim()),
  );
  expect(commands).toContain('--per-day 500GB --object-size 5MB --queries 2000');
  for (const command of commands) expect(parseEstimate(command === '' ? [] : command.split(' '))).toBeDefined();
});

test('no page names another amount of money', () => {
  const left = pages.flatMap(({ path, text }) => {
    const prose = text
      .replaceAll(/<!-- [a-z-]+: [^>]*-->\n(?:(?!<!-- end -->)[\s\S])*<!-- end -->/g, '')
      .replaceAll(/```[\s\S]*?```/g, '');
    const known = PROSE.filter(([of]) => of === path).map(([, words]) => words);
    const flat = known.reduce((all, words) => all.replace(words, ''), prose.replaceAll(/\s+/g, ' '));
    return [...flat.matchAll(AMOUNT)].map(([amount]) => `${path}: ${amount}`);
  });
  expect(left).toEqual([]);
});

test('no source but lib/prices.ts writes a price', () => {
  const files = SOURCES.flatMap(filesBelow).filter(
    (path) =>
      path.endsWith('.ts') &&
      path !== 'lib/prices.ts' &&
      !/(?:^|\/)test\//.test(path) &&
      !path.includes('node_modules'),
  );
  expect(files.length).toBeGreaterThan(300);
  const number = new RegExp(
    `(?<![\\d.])(?:${PRICE_NUMBERS.map((value) => value.replace('.', '\\.')).join('|')})(?![\\d.])`,
    'g',
  );
  const amount = /\b\d[\d.,]* (?:dollars?|USD|cents?)\b/g;
  const found = files.flatMap((path) => {
    const text = readFileSync(join(PROJECT, path), 'utf8');
    return [...text.matchAll(number), ...text.matchAll(amount)].map(([match]) => `${path}: ${match}`);
  });
  expect(found).toEqual([]);
  expect('x * 0.0000133334').toMatch(number);
});
