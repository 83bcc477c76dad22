/** Text as services and tools write it becomes the rows that it should, however it is cut. */
import fc from 'fast-check';
import { type Dataset, parseDataset } from '../../lib/dataset';
import { createValidator } from '../../lib/rows';
import { TEXT_SAMPLES } from '../support/text-samples';
import { cut, feed, keep } from './helpers';

function read(dataset: Dataset, text: Buffer, cuts: readonly number[] = []) {
  const rejected: { line: number; reason: string; raw: string }[] = [];
  const validator = createValidator(dataset.input.formats[0] ?? 'csv', dataset, keep(rejected));
  const output = feed(validator, cut(text, cuts)).toString();
  return { output, rejected, unknown: validator.unknownFields };
}

const rowsOf = (output: string): unknown[] =>
  output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      Object.fromEntries(
        Object.entries(JSON.parse(line) as Record<string, unknown>).filter(
          ([name, value]) => value !== null && name !== '-',
        ),
      ),
    )
    .map((row) => ({
      ...row,
      // A blank is as good as a T, and UTC is meant without a zone.
      ...Object.fromEntries(
        Object.entries(row)
          .filter(([, value]) => typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:/.test(value))
          .map(([name, value]) => [name, `${value}`.replace(' ', 'T')]),
      ),
    }));

describe.each(TEXT_SAMPLES.map((sample) => [sample.definition.name, sample] as const))('%s', (_, sample) => {
  const dataset = parseDataset(sample.definition);
  const text = Buffer.from(sample.text);

  test('gives its rows, and rejects the others', () => {
    const { output, rejected } = read(dataset, text);
    expect(rowsOf(output)).toEqual(sample.rows);
    expect(rejected.map(({ line, reason }) => [line, reason])).toEqual(
      (sample.rejected ?? []).map(([line, reason]) => [line, expect.stringContaining(reason)]),
    );
  });

  test('gives the same however it is cut', () => {
    const whole = read(dataset, text);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 10 }), (cuts) => {
        expect(read(dataset, text, cuts)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
    expect(read(dataset, text, [...text.keys()])).toEqual(whole);
  });
});

test('bytes that are written as \\xHH are characters where those that stand together make some, and stay as written elsewhere', () => {
  const at = '2026-06-15T10:00:00';
  const dataset = parseDataset({
    name: 'agents',
    description: 'Agents of a web server.',
    columns: [
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'agent', type: 'string' },
    ],
    partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
    eventTime: 'at',
    sortBy: ['at'],
    input: { formats: ['csv'], csv: { header: false, escape: 'backslash' } },
  });
  const SAMPLES = [
    ['\\xC3\\xA9', 'é'],
    ['\\xE9 \\xC3\\xA9 \\x22', '\\xE9 é "'],
    ['\\xC3\\xA9\\xE9', '\\xC3\\xA9\\xE9'],
    ['\\xf0\\x9F\\x98\\x80\\x80', '\\xf0\\x9F\\x98\\x80\\x80'],
    ['\\xf0\\x9F\\x98\\x80\\x41\\x80', '\u{1f600}A\\x80'],
    ['é\\xC3', 'é\\xC3'],
    ['\\xC3\\x', '\\xC3x'],
    ['\\xC3\\xA', '\\xC3xA'],
    ['\\xED\\xA0\\x80', '\\xED\\xA0\\x80'],
    ['\\\\xC3\\xA9', '\\xC3\\xA9'],
  ] as const;
  for (const quote of ['"', '']) {
    const lines = SAMPLES.map(([written]) => `${at},${quote}${written}${quote}\n`).join('');
    const { output, rejected } = read(dataset, Buffer.from(lines));
    expect(rejected).toEqual([]);
    expect(rowsOf(output)).toEqual(SAMPLES.map(([, agent]) => ({ at, agent })));
  }
});
