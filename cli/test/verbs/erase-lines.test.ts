/** Which rejected lines an erase deletes, which it names, and which it leaves alone; a replay leaves out those that it deletes. */
import fc from 'fast-check';
import { erasedLines, newErasure } from '../../../lambda/compaction/protocol/erasures';
import type { QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import type { Dataset, DatasetDefinition } from '../../../lib/dataset';
import { dataset } from '../../../test/dataset/helpers';
import { erasedKeys } from '../../verbs/erase/keys';
import { LineKeys } from '../../verbs/erase/lines';

const declared = (input: DatasetDefinition['input'], type = 'string'): Dataset =>
  dataset({
    columns: [
      { name: 'event_time', type: 'timestamp', notNull: true },
      { name: 'k', type },
      { name: 'n', type: 'int' },
    ],
    eventTime: 'event_time',
    input,
  });

const DATASETS = {
  json: declared({ formats: ['ndjson'] }),
  'json of numbers': declared({ formats: ['json'] }, 'bigint'),
  csv: declared({ formats: ['csv'] }),
  'csv of numbers': declared({ formats: ['csv'], csv: { header: false } }, 'int'),
  tsv: declared({ formats: ['csv'], csv: { delimiter: '\t', quote: false, escape: 'backslash' } }),
  lines: declared({ formats: ['lines'], lines: { pattern: '^(?<event_time>\\S+) \\[(?<k>[^\\]]*)\\] (?<n>\\S+)$' } }),
  parquet: declared({ formats: ['parquet'] }, 'int'),
};
type Name = keyof typeof DATASETS;
const ENDINGS: Partial<Record<Name, string>> = { csv: '.csv', 'csv of numbers': '.csv', tsv: '.tsv', lines: '.log' };

/** Deleted, named, or left alone. */
function verdict(name: Name, key: string, line: string | Buffer): 'deleted' | 'named' | 'stays' {
  const own = DATASETS[name];
  const keys = erasedKeys(own, 'k', ['other', key].slice(/^\d+$/.test(key) ? 1 : 0));
  const rawKey = `raw/events/year=2026/month=06/day=16/a${ENDINGS[name] ?? '.json'}`;
  const has = new LineKeys(own, keys).has({ source_key: rawKey } as QuarantineEntry, Buffer.from(line));
  const about = { column: 'k', partition: null, from: null, to: null, began: '' };
  const isErased = erasedLines({ dataset: own, partition: 'year=2026/month=06/day=16' }, [
    newErasure(keys.texts, keys.values, about),
  ]);
  expect(isErased(Buffer.from(line), rawKey)).toBe(has === true);
  return has === true ? 'deleted' : has === undefined ? 'named' : 'stays';
}

const json = (k: string, rest = ''): string => `{"event_time":"2026-06-16T10:00:00Z","k":${k},"n":"bad"${rest}}`;

describe.each<[Name, string, [string | Buffer, 'deleted' | 'named' | 'stays'][]]>([
  [
    'json',
    '42',
    [
      [json('"42"'), 'deleted'],
      [json('42'), 'deleted'],
      [json('"\\u0034\\u0032"'), 'deleted'],
      [json('{"a":[1,{"b":"42"}]}'), 'deleted'],
      [json('"{\\"id\\":\\"42\\"}"'), 'deleted'],
      [json('null', ',"k":"42"'), 'deleted'],
      [`${json('1')}${json('"42"')}`, 'deleted'],
      [`${json('"42"')} and more`, 'deleted'],
      ['{"k":"42","n":', 'deleted'],
      [json('-42'), 'stays'],
      [json('142'), 'stays'],
      [json('42.5'), 'stays'],
      [json('"x42"'), 'stays'],
      [json('"-42"'), 'stays'],
      [json('"42 of them"'), 'stays'],
      [json('"42/7"'), 'stays'],
      [json('"10.0.0.42"'), 'stays'],
      [json('420'), 'stays'],
      [json('42.0'), 'named'],
      [json('4.2e1'), 'named'],
      [json('"042"'), 'named'],
      [json('{"42":1}'), 'stays'],
      ['{"k":42', 'named'],
      ['{"n":1 "k":"42"}', 'named'],
      ['server 42 is down', 'named'],
      ['{"k":"4', 'stays'],
    ],
  ],
  [
    'json of numbers',
    '42',
    [
      ...['42', '42.0', '4.2e1', '420E-1', '"42"', '" 42 "', '+42'].map((k): [string, 'deleted' | 'named'] => [
        json(k),
        k === '+42' ? 'named' : 'deleted',
      ]),
      ...['-42', '142', '42.5', '4.2', '42e1', '"x42"', '42.00001', '1042', '"4 2"'].map((k): [string, 'stays'] => [
        json(k),
        'stays',
      ]),
    ],
  ],
  [
    'csv',
    'a"b, c',
    [
      ['x,"a""b, c",1', 'deleted'],
      ['x,"a""b, c"\r', 'deleted'],
      ['x,"a""b, cd",1', 'stays'],
      ['x,"a""b, c,1', 'named'],
      ['"x"y,"a""b, c",1', 'named'],
    ],
  ],
  [
    'csv',
    'ann@example.com',
    [
      ['x,ann@example.com,1', 'deleted'],
      ['x,joann@example.com,1', 'stays'],
      ['x,ann@example.com.au,1', 'stays'],
      ['x,to ann@example.com,1', 'stays'],
      ['x;ann@example.com;1', 'named'],
      ['x;"ann@example.com";1', 'named'],
      [Buffer.concat([Buffer.from('x\xe9,ann@example.com', 'latin1')]), 'deleted'],
    ],
  ],
  [
    'csv',
    'Zoë',
    [
      [Buffer.from('x,Zo\xeb,1', 'latin1'), 'deleted'],
      ['x,Zoé,1', 'stays'],
    ],
  ],
  [
    'csv of numbers',
    '42',
    [
      ['2026,42,x', 'deleted'],
      ['2026," 42",x', 'deleted'],
      ['2026,+42,x', 'deleted'],
      ['2026,042,x', 'deleted'],
      ['2026,42.0,x', 'deleted'],
      ['2026,-42,x', 'stays'],
      ['2026,42.5,x', 'stays'],
      ['2026,142,x', 'stays'],
      ['2026,x42,x', 'stays'],
      ['2026,2026-06-42,x', 'stays'],
    ],
  ],
  [
    'tsv',
    'a\tb',
    [
      ['x\ta\\tb\ty', 'deleted'],
      ['x\ta\\\tb\ty', 'deleted'],
      ['x\ta\tb\ty', 'stays'],
    ],
  ],
  [
    'lines',
    'ann',
    [
      ['2026 [ann] x', 'deleted'],
      ['2026 [\\x61nn] x', 'deleted'],
      ['2026 [ann lee] x', 'stays'],
      ['2026 [bob] ann', 'deleted'],
      ['2026 [ann x', 'named'],
      ['2026 [joann x', 'stays'],
    ],
  ],
  [
    'parquet',
    '42',
    [
      ['{"k":42,"n":"x"}', 'deleted'],
      ['{"k":-42}', 'stays'],
    ],
  ],
])('%s, %s', (name, key, lines) => {
  test.each(lines)('%s is %s', (line, expected) => {
    expect(verdict(name, key, line)).toBe(expected);
  });
});

/** As JSON writers write a text: any of its units may be escaped. */
const written = (text: string, escapes: readonly boolean[]): string =>
  `"${[...text.split('')]
    .map((unit, index) =>
      escapes[index % escapes.length] === true || /["\\\p{Cc}\p{Cs}]/u.test(unit)
        ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
        : unit,
    )
    .join('')}"`;

test('JSON: a line is deleted if and only if one of its values is the key, however it is written', () => {
  const text = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 6 })
    .filter((one) => !/^\s*[[{]|\\|^\s*[-+]?\d/.test(one));
  fc.assert(
    fc.property(
      text,
      fc.array(text, { minLength: 1, maxLength: 4 }),
      fc.array(fc.boolean(), { minLength: 1 }),
      fc.boolean(),
      (key, others, escapes, isThere) => {
        const values = others.map((other) => (other === key ? `${other}x` : other));
        if (isThere) values.splice(values.length >> 1, 0, key);
        const line = `{"k":[${values.map((value) => written(value, escapes)).join(' , ')}],"n":"bad"}`;
        expect(verdict('json', key, line)).toBe(isThere ? 'deleted' : 'stays');
      },
    ),
  );
});

test('numbers: a line is deleted if and only if a value is the same number', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), fc.bigInt(-(10n ** 12n), 10n ** 12n), fc.nat(6), (key, other, zeros) => {
      const value = fc.sample(fc.constant(other), 1)[0] as bigint;
      const forms = [`${value}`, `${value}.${'0'.repeat(zeros + 1)}`, `${value}${'0'.repeat(zeros)}e-${zeros}`];
      for (const form of forms) {
        expect(verdict('json of numbers', `${key}`, json(form))).toBe(value === key ? 'deleted' : 'stays');
        expect(verdict('json of numbers', `${key}`, json(form.replace(`${value}`, `${key}`)))).toBe('deleted');
      }
    }),
    { numRuns: 50 },
  );
});
