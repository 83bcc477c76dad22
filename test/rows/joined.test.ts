/** Values that are joined from several members. */
import { parseDataset } from '../../lib/dataset';
import { createValidator } from '../../lib/rows';
import { definition } from '../dataset/helpers';
import { checkNdjson, cut, feed, keep } from './helpers';

const { columns } = parseDataset(
  definition({
    columns: [
      ...definition().columns,
      {
        name: 'moment',
        type: 'timestamp',
        from: { join: ['date', { path: ['seen', 'time'] }] },
        format: { pattern: '%d.%m.%Y %H:%M:%S' },
      },
      { name: 'label', type: 'string', from: { join: ['first', 'last'] } },
    ],
  }),
);
const joined = columns.slice(-2);

function check(...lines: string[]) {
  const { output, rejected } = checkNdjson(joined, [Buffer.from(`${lines.join('\n')}\n`)]);
  const rows = output
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map(({ moment, label }) => ({ moment, label }));
  return { rows, rejected: rejected.map(({ reason }) => reason) };
}

test('parts are joined with a blank, whatever their order and whatever stands between them', () => {
  const { rows, rejected } = check(
    '{"date":"15.06.2026","seen":{"time":"10:00:01","zone":"x"},"first":"a\\"b","last":"\\u00e9"}',
    '{"last":7,"seen":{"time":"\\u0031\\u0030:00:02"},"x":{"date":1},"date":"15.06.2026","first":"n"}',
    '{"first":1.5,"last":-2}',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    { moment: '2026-06-15T10:00:01.000', label: 'a"b é' },
    { moment: '2026-06-15T10:00:02.000', label: 'n 7' },
    { moment: undefined, label: '1.5 -2' },
  ]);
});

test('a part that is absent or null makes no value, and the own name counts then', () => {
  const { rows } = check(
    '{"date":"15.06.2026","first":"a"}',
    '{"date":null,"seen":{"time":"10:00:00"},"first":null,"last":"b","moment":"2026-06-15T09:00:00Z"}',
    '{"moment":"2026-06-15T09:00:00Z","label":"own","date":"15.06.2026","seen":{"time":"10:00:00"},"first":"a","last":"b"}',
    '{"date":"15.06.2026","seen":{"time":"10:00:00"},"first":"a","last":"b","moment":"2026-06-15T09:00:00Z","label":"own"}',
  );
  const whole = { moment: '2026-06-15T10:00:00.000', label: 'a b' };
  expect(rows).toEqual([
    { moment: undefined, label: undefined },
    { moment: '2026-06-15T09:00:00Z', label: undefined },
    whole,
    whole,
  ]);
});

test('nothing else that is rewritten changes with it', () => {
  const at = parseDataset(definition())
    .columns.filter(({ type }) => type.kind === 'timestamp')
    .slice(0, 1);
  const name = at[0]?.name ?? '';
  const line = `{"${name}":1781500000123,"first":"a","last":"b"}\n`;
  const { output } = checkNdjson([...at, ...joined], [Buffer.from(`${line}${line}`)]);
  for (const row of output.toString().trimEnd().split('\n')) {
    expect(JSON.parse(row)).toMatchObject({ [name]: '2026-06-15T05:06:40.123', label: 'a b' });
  }
});

test('a line holds a joined column once', () => {
  const line = '{"label":"own","first":"a","last":"b"}\n';
  const { output } = checkNdjson(joined, [Buffer.from(line)]);
  expect(output.toString().split('"label":')).toHaveLength(2);
});

test('a text is null as it stands, with its quotes or without', () => {
  const dataset = {
    columns: joined.slice(1),
    input: { formats: ['csv' as const], csv: { delimiter: ',', nulls: ['-', '"x"'] } },
  };
  const output = feed(createValidator('csv', dataset, keep([])), [Buffer.from('label\n-\n"-"\nx\n"x"\n')]);
  expect(output.toString()).toBe('{"label":null}\n{"label":"-"}\n{"label":"x"}\n{"label":null}\n');
});

test('what is no text, and what does not fit once it is joined, is rejected', () => {
  const { rejected } = check(
    '{"first":true,"last":"b"}',
    '{"first":"a","last":{"x":1}}',
    '{"date":"15.06.2026","seen":{"time":"25:00:00"}}',
    '{"date":"soon","seen":{"time":"10:00:00"}}',
    '{"first":"a","first":"b","last":"c"}',
  );
  expect(rejected).toEqual([
    'first: expected a string, found true',
    'last: expected a string, found an object',
    expect.stringMatching(/^moment: the string "15.06.2026 25:00:00" is no time|^moment: .*25:00:00/),
    expect.stringMatching(/^moment: expected a timestamp \(%d.*found the string "soon 10:00:00"/),
    'first: the key occurs twice',
  ]);
});

test('a joined column that must have a value rejects a line without it', () => {
  const [moment, label] = joined;
  if (moment === undefined || label === undefined) throw new Error('two columns');
  const { rejected } = checkNdjson(
    [{ ...label, notNull: true }],
    [Buffer.from('{"first":"a"}\n{"first":"a","last":"b"}\n')],
  );
  expect(rejected.map(({ reason }) => reason)).toEqual([
    'label: no value in "first" and "last", joined with a blank, and the column must have one',
  ]);
});

test('in CSV the fields of a header are joined, also where some are null', () => {
  const dataset = {
    columns: [
      {
        name: 'at',
        type: { kind: 'timestamp' as const },
        notNull: false,
        comment: undefined,
        from: { join: [['d'], ['t']] },
      },
    ],
    input: { formats: ['csv' as const], csv: { delimiter: ',', nulls: ['-'] } },
  };
  const rejected: { line: number; reason: string; raw: string }[] = [];
  const text = Buffer.from(
    't,x,d\n10:00:00,1,2026-06-15\n-,1,2026-06-15\n"10:00:00",1,"2026-06-15"\nnoon,,2026-06-15\n',
  );
  const output = feed(createValidator('csv', dataset, keep(rejected)), cut(text, [7, 20]));
  expect(output.toString()).toBe('{"at":"2026-06-15 10:00:00"}\n{"at":null}\n{"at":"2026-06-15 10:00:00"}\n');
  expect(rejected.map(({ line }) => line)).toEqual([5]);
});

test('in CSV each part is what its field is, and none of them may be null', () => {
  const dataset = {
    columns: joined.slice(1),
    input: { formats: ['csv' as const], csv: { delimiter: ',', nulls: ['n/a'] } },
  };
  const text = 'last,first\nb,a\n,a\nb,\nn/a,a\nb,n/a\n"b ""c""","a"\n"",a\nb c d,a b c\n';
  const output = feed(createValidator('csv', dataset, keep([])), [Buffer.from(text)]).toString();
  const labels = output
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { label: string | null }).label);
  expect(labels).toEqual(['a b', null, null, null, null, 'a b "c"', null, 'a b c b c d']);
});
