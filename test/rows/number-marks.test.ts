/** Numbers whose decimal mark is not the point, or whose thousands are marked. */
import { NumberMarks } from '../../lib/rows/number-marks';

/** What a field becomes, whatever stands beside it; undefined where it is no number of the form. */
function written(form: object, field: string): string | undefined {
  const results = ['34,5', ',5', '.5', 'e5', '-1', '\u202f234', ' 234', ''].map((behind) => {
    const source = Buffer.from(`12.${field}${behind}`);
    const target = Buffer.alloc(80, '?');
    const end = source.length - Buffer.byteLength(behind);
    const to = new NumberMarks(form).write(source, 3, end, target, 2);
    return to < 0 ? undefined : target.toString('latin1', 2, to);
  });
  expect(new Set(results).size).toBe(1);
  return results[0];
}

const FORMS = [
  ['a decimal comma', { decimal: ',' }, ',', ''],
  ['a comma for thousands', { thousands: ',' }, '.', ','],
  ['a point for thousands', { decimal: ',', thousands: '.' }, ',', '.'],
  ['a blank for thousands', { decimal: ',', thousands: ' ' }, ',', ' '],
  ['a mark of several bytes', { decimal: ',', thousands: '\u202f' }, ',', '\u202f'],
] as const;

describe.each(FORMS)('%s', (_, form, d, t) => {
  test.each([
    ['0', '0'],
    ['7', '7'],
    ['-12', '-12'],
    ['1234', '1234'],
    ['1234567', '1234567'],
    [`1${d}5`, '1.5'],
    [`-0${d}05`, '-0.05'],
    [`12${d}50e3`, '12.50e3'],
    [`12${d}50E-07`, '12.50E-07'],
    ['1e+2', '1e+2'],
    ['007', '007'],
    ['', undefined],
    ['-', undefined],
    ['+1', undefined],
    ['--1', undefined],
    [`${d}5`, undefined],
    [`1${d}`, undefined],
    [`1${d}${d}5`, undefined],
    [`1${d}5${d}5`, undefined],
    [`1${d}e5`, undefined],
    ['1e', undefined],
    ['1e+', undefined],
    ['1e+-2', undefined],
    ['1e2e3', undefined],
    ['1e2x', undefined],
    ['e5', undefined],
    ['x', undefined],
    ['1x', undefined],
    ['1 ', undefined],
    [' 1', undefined],
    ['1/2', undefined],
    ['1:2', undefined],
  ])('%j is %j', (field, expected) => {
    expect(written(form, field)).toBe(expected);
  });

  test('an example shows the form', () => {
    expect(new NumberMarks(form).example).toBe(`1${t}234${d}5`);
  });
});

describe.each(FORMS.filter(([, , , mark]) => mark !== ''))('groups of three digits with %s', (_, form, d, t) => {
  test.each<readonly [string, string | undefined]>([
    [`1${t}234`, '1234'],
    [`12${t}345${t}678`, '12345678'],
    [`123${t}456${d}7`, '123456.7'],
    [`-1${t}234${d}5e6`, '-1234.5e6'],
    [`1${t}234e5`, '1234e5'],
    [`1${t}23`, undefined],
    [`1${t}2345`, undefined],
    [`1${t}234${t}56`, undefined],
    [`1${t}234${t}5678`, undefined],
    [`1234${t}567`, undefined],
    [`12345${t}678`, undefined],
    [`${t}123`, undefined],
    [`1${t}${t}234`, undefined],
    [`1${t}234${t}`, undefined],
    [`1${t}`, undefined],
    [`1${t}23x`, undefined],
    [`1${d}234${t}567`, undefined],
  ])('%j is %j', (field, expected) => {
    expect(written(form, field)).toBe(expected);
  });
});

test('without a form, a number has a point and no marks', () => {
  expect([written({}, '1.5'), written({}, '1,5'), written({}, '1,234'), new NumberMarks({}).example]).toEqual([
    '1.5',
    undefined,
    undefined,
    '1234.5',
  ]);
});
