/** Texts in the form in which keys are compared. */
import fc from 'fast-check';
import { canonical, isUuid, plainNumber, unescaped } from '../../../lambda/compaction/protocol/key-text';

const UUID = 'A1B2C3D4-0000-4000-8000-00000000000F';

test.each([
  [UUID, UUID.toLowerCase()],
  [`${UUID}0`, `${UUID}0`],
  [`X${UUID}`, `X${UUID}`],
  [`Z${UUID.slice(1)}`, `Z${UUID.slice(1)}`],
  [UUID.replace('-', '_'), UUID.replace('-', '_')],
  ['ABC', 'ABC'],
])('%s is compared as %s', (text, wanted) => {
  expect(canonical(text)).toBe(wanted);
});

test.each([
  [UUID, true],
  [UUID.toLowerCase(), true],
  [`x${UUID}`, false],
  [`${UUID}x`, false],
  [UUID.replaceAll('-', ''), false],
  [`${UUID.slice(0, -1)}G`, false],
  [UUID.replace('-4000', ''), false],
])('%s is a UUID: %s', (text, wanted) => {
  expect(isUuid(text)).toBe(wanted);
});

test.each([
  ['42', '42'],
  ['042', '42'],
  ['0042', '42'],
  ['+42', '42'],
  ['-42', '-42'],
  [' \t42\n ', '42'],
  ['42.', '42'],
  ['42.0', '42'],
  ['42.000', '42'],
  ['420', '420'],
  ['10.10', '10.1'],
  ['1.005', '1.005'],
  ['0.5', '0.5'],
  ['-00.50', '-0.5'],
  ['0', '0'],
  ['-0', '0'],
  ['000.00', '0'],
  ['0e9', '0'],
  ['4.2e1', '42'],
  ['4.2E+1', '42'],
  ['420e-1', '42'],
  ['1.5e3', '1500'],
  ['1.2345e2', '123.45'],
  ['12e-1', '1.2'],
  ['12e-2', '0.12'],
  ['12e-3', '0.012'],
  ['1.5e-1', '0.15'],
  ['1e12', '1000000000000'],
  ['1e-12', '0.000000000001'],
  ['9007199254740993', '9007199254740993'],
])('%s is the number %s', (text, wanted) => {
  expect(plainNumber(text)).toBe(wanted);
});

test.each([
  '',
  ' ',
  '.5',
  '-',
  'x',
  '42x',
  'x42',
  '4 2',
  '1e',
  '1e100',
  '1e1.0',
  '--1',
  '+-1',
  '1_000',
  '0x1',
  '1,5',
  '1.2.3',
  '∞',
])('%j is no number', (text) => {
  expect(plainNumber(text)).toBeUndefined();
});

test('a number is the same however many zeros, and whatever exponent, it is written with', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      fc.nat(5),
      fc.integer({ min: -9, max: 9 }),
      (value, zeros, shift) => {
        const [sign, digits] = value < 0n ? ['-', String(-value)] : ['', String(value)];
        const padded = `${sign}${'0'.repeat(zeros)}${digits}.${'0'.repeat(zeros)}`;
        expect(plainNumber(padded)).toBe(String(value));
        const shifted = plainNumber(`${padded}e${shift}`) ?? '';
        expect(plainNumber(`${shifted}e${-shift}`)).toBe(String(value));
      },
    ),
  );
});

test.each([
  ['a\\nb', 'a\nb'],
  ['\\r\\t\\b\\f\\v\\0\\Z', '\r\t\b\f\v\0\x1a'],
  ['\\u00e9', 'é'],
  ['\\u00E9\\ud83d\\ude00', 'é😀'],
  ['\\x41\\x6a', 'Aj'],
  ['\\"q\\"', '"q"'],
  ['\\\\n', '\\n'],
  ['\\/', '/'],
  ['\\q', 'q'],
  ['\\u12', 'u12'],
  ['\\u12g4', 'u12g4'],
  ['\\uzzzz', 'uzzzz'],
  ['\\x4', 'x4'],
  ['\\xg1', 'xg1'],
  ['a\\\nb', 'a\nb'],
  ['ends\\', 'ends\\'],
  ['plain', 'plain'],
  ['', ''],
])('%j means %j', (text, wanted) => {
  expect(unescaped(text)).toBe(wanted);
});
