/** A row that is refused is told by where it stands in the file of the user, whatever became of the file. */

import { folderWith } from '../support/folder';
import { proposeFor } from './support';

jest.setTimeout(120_000);

/** Where the refused rows are said to be. */
const told = (output: string): string[] =>
  [...output.matchAll(/such as (\S+(?:, record \d+)?) {2}/g)].map(([, place = '']) => place);

/** Rows of three days in turn, some of them broken, and the numbers of these. */
const DAYS = [13, 14, 15];
const BROKEN = [7, 11, 23, 40];
const row = (n: number): { id: string; at: string; count: number | string } => ({
  id: `id-${n}`,
  at: `2026-06-${DAYS[n % 3]}T10:00:${String(n).padStart(2, '0')}Z`,
  count: n,
});
/** Each is broken in its own way. */
const BREAK: readonly ((text: string) => string)[] = [
  (text) => text.replace(/"count": ?\d+/, '"count": tru'),
  (text) => text.replace(/"at"/, '"at":"2026-06-13T10:00:00Z","at"'),
  (text) => text.replace(/"id"/, '"id":"\\q","x"'),
  (text) => text.replace(/T10/, 'T25'),
];
const numbers = Array.from({ length: 50 }, (_, index) => index);
const broken = (n: number, text: string): string => BREAK[BROKEN.indexOf(n)]?.(text) ?? text;

test('lines of JSON', async () => {
  const text = numbers.map((n) => `${broken(n, JSON.stringify(row(n)))}\n${n % 5 === 0 ? '\n' : ''}`);
  const lineOf = (n: number): number => text.slice(0, n).join('').split('\n').length;
  const { output, share } = await proposeFor(folderWith({ 'a.json': text.join('') }));
  expect(share).toEqual([46, 50]);
  expect(told(output).sort()).toEqual(BROKEN.map((n) => `a.json:${lineOf(n)}, record ${n + 1}`).sort());
});

test('records over several lines', async () => {
  const text = numbers.map((n) => `${broken(n, JSON.stringify(row(n), null, 2))}\n`);
  const lineOf = (n: number): number => text.slice(0, n).join('').split('\n').length;
  const { output, share } = await proposeFor(folderWith({ 'a.json': text.join('') }));
  expect(share).toEqual([46, 50]);
  expect(told(output).sort()).toEqual(BROKEN.map((n) => `a.json:${lineOf(n)}, record ${n + 1}`).sort());
});

test('delimited text with line ends in fields', async () => {
  const text = numbers.map((n) => {
    const { id, at, count } = row(n);
    const line = `${id},${at},${count},"a${n % 4 === 0 ? '\n\nb' : ''}"`;
    if (n === 7) return `${line},more\n`;
    return n === 11 ? `${line.replace('T10', 'T25')}\n` : `${line}\n`;
  });
  const lineOf = (n: number): number => text.slice(0, n).join('').split('\n').length + 1;
  const { output, share } = await proposeFor(folderWith({ 'a.csv': `id,at,count,note\n${text.join('')}` }));
  expect(share).toEqual([48, 50]);
  expect(told(output).sort()).toEqual([7, 11].map((n) => `a.csv:${lineOf(n)}`).sort());
});

test('lines of a log', async () => {
  const text = numbers.map((n) =>
    n === 23
      ? `Traceback\n`
      : `192.0.2.1 - - [${DAYS[n % 3]}/Jun/2026:10:00:00 +0000] "GET /${n} HTTP/1.1" ${n === 40 ? 'x' : 200} 5 "-" "-"\n`,
  );
  const { output } = await proposeFor(folderWith({ 'access.log': text.join('') }));
  expect(told(output).sort()).toEqual(['access.log:24', 'access.log:41']);
});

test('records of one line, as CloudTrail delivers them', async () => {
  const records = numbers
    .slice(0, 9)
    .map((n) => ({ eventVersion: '1.1', eventTime: row(n).at, eventID: n === 6 ? 7 : `e-${n}` }));
  const path = 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/06/13/trail.json';
  const text = JSON.stringify({ Records: records });
  for (const file of [path, 'trail.json']) {
    const { output } = await proposeFor(folderWith({ [file]: text }));
    expect(told(output)).toEqual([`${file}:1, record 7`]);
  }
});
