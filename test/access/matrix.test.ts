import { parseMatrix } from './matrix';

const page = (...rows: string[]): string =>
  ['## Data: analyst, engineer', '', '| | requests | on |', '|---|---|---|', ...rows].join('\n');

test('a row counts for each role of its heading', () => {
  expect(parseMatrix(page('| may not | `s3` GetObject, PutObject | `raw/a`, `results/{role}/b` |'))).toEqual(
    ['analyst', 'engineer'].map((role) => ({
      role,
      verdict: 'may not',
      actions: ['s3:GetObject', 's3:PutObject'],
      targets: ['raw/a', `results/${role}/b`],
    })),
  );
});

test.each([
  ['| might | `s3` GetObject | `raw/a` |', "'might' is neither may nor may not nor never"],
  ['| may | s3 GetObject | `raw/a` |', 'requests are'],
  ['| may | `s3` GetObject | raw/a |', 'targets are each in backticks'],
  ['| may | `s3` GetObject | `raw/a` | `raw/b` |', 'three cells'],
])('%s is refused with its line', (row, why) => {
  expect(() => parseMatrix(page(row))).toThrow(why);
  expect(() => parseMatrix(page(row))).toThrow('line 5');
});

test('rows without roles are refused', () => {
  expect(() => parseMatrix('| may | `s3` GetObject | `raw/a` |')).toThrow('no heading has named a role');
  expect(() => parseMatrix('## Data')).toThrow('a heading names its roles after a colon');
});
