import { dataset, definition } from '../helpers';
import { type Case, mistakes, reports } from './reports';

const forms = "write for example { epoch: 's' }, or { pattern: '%d/%b/%Y:%H:%M:%S %z' }";
const zones = "write 'UTC' or an offset such as '+02:00', or read the zone of each value with %z";
const known = 'write some of %Y %m %d %e %b %B %a %A %H %I %p %M %S %f %z %Z %F %T %R %%';

const withFormat = (format: unknown, type = 'timestamp') => ({
  columns: [...definition().columns, { name: 'x', type, format }],
});
const pattern = (text: string, type?: string) => withFormat({ pattern: text }, type);
const at = 'columns[2].format';

reports('the format of a time', [
  ['a text', withFormat('epoch'), `${at}: must be an object, but got 'epoch'; ${forms}`],
  ['nothing', withFormat({}), `${at}: says nothing; ${forms}`],
  ['two forms', withFormat({ epoch: 's', pattern: '%F' }), `${at}: has both epoch and pattern; ${forms}`],
  ['an unknown unit', withFormat({ epoch: 'h' }), `${at}.epoch: 'h' is not known; write one of 's', 'ms', 'us', 'ns'`],
  ['an epoch with a zone', withFormat({ epoch: 's', zone: 'UTC' }), `${at}.zone: an epoch has no zone; remove it`],
  [
    'a column that is not a time',
    withFormat({ epoch: 's' }, 'array<bigint>'),
    `${at}: the format of a time, for the type 'array<bigint>'; ` +
      'remove it, or change the type to timestamp or date; a field of a struct has its format in fields',
  ],
  [
    'a text with the format of a time',
    withFormat({ epoch: 's' }, 'map<string,string>'),
    `${at}: the format of a time, for the type 'map<string,string>'; ` +
      "change the type to timestamp or date, or write 'json' to take any JSON as text",
  ],
  [
    'JSON in what is no text',
    withFormat('json', 'struct<a:string>'),
    `${at}: 'json' keeps any JSON as text, for the type 'struct<a:string>'; ` +
      'change the type to string, or remove it; a field of a struct has its format in fields',
  ],
  [
    'a date in epoch',
    withFormat({ epoch: 's' }, 'date'),
    `${at}: an epoch tells more than a date; change the type to timestamp`,
  ],
  ['an unknown directive', pattern('%Y-%q'), `${at}.pattern: '%q' is not known; ${known}`],
  [
    'a year of two digits',
    pattern('%d/%m/%y'),
    `${at}.pattern: '%y', a year of two digits, does not tell the century; let the source write four digits, which '%Y' reads, or keep the column as a string`,
  ],
  ['a percent sign at the end', pattern('%F %'), `${at}.pattern: '%' is not known; ${known}`],
  ['a part twice', pattern('%F %m'), `${at}.pattern: '%m' tells the month again; remove one of the two`],
  [
    'a fraction before digits',
    pattern('%F %T.%f%Y'.replace('%F', '%m/%d')),
    `${at}.pattern: after '%f' comes a digit; put a character between the two`,
  ],
  [
    'a quote',
    pattern('"%F"'),
    `${at}.pattern: holds a quote, a backslash or a control character; write a pattern without it`,
  ],
  [
    'hours of twelve without their half',
    pattern('%F %I:%M'),
    `${at}.pattern: '%I' and '%p' need each other; write both, or '%H' for hours from 0 to 23`,
  ],
  [
    'no year',
    pattern('%b %e %T'),
    `${at}.pattern: tells no year, so that no time can be made of it; add it to the pattern`,
  ],
  [
    'no minute',
    pattern('%F %H::%S'),
    `${at}.pattern: tells no minute, so that no time can be made of it; add it to the pattern`,
  ],
  [
    'a date with an hour',
    pattern('%F %H', 'date'),
    `${at}.pattern: tells more than a date; remove it from the pattern, or change the type to timestamp`,
  ],
  [
    'a date with a zone',
    withFormat({ pattern: '%F', zone: 'UTC' }, 'date'),
    `${at}.zone: a date has no zone; remove it`,
  ],
  [
    'what looks like ISO 8601 and is not',
    pattern('%Y-%d-%m', 'date'),
    `${at}.pattern: has the day before the month where ISO 8601 has it after it; change the order at the source`,
  ],
  [
    'a Z that is not UTC',
    withFormat({ pattern: '%FT%TZ', zone: '+02:00' }),
    `${at}.pattern: ends in 'Z', which means UTC; remove the zone`,
  ],
  [
    'two zones',
    withFormat({ pattern: '%F %T %z', zone: '+02:00' }),
    `${at}.zone: the pattern reads a zone already; remove one of the two`,
  ],
  [
    'a region',
    withFormat({ pattern: '%F %T', zone: 'Europe/Berlin' }),
    `${at}.zone: 'Europe/Berlin' has hours that come twice a year, or may have them; ${zones}`,
  ],
  [
    'a year and a day apart from it, in the order of no ISO 8601',
    pattern('%Y/%d/%m', 'string'),
    `${at}: the format of a time, for the type 'string'; ` +
      "change the type to timestamp or date, or write 'json' to take any JSON as text",
  ],
  ...['%', '2:00', '+14:01', 'x+02:00', '+02:00x', '5 Berlin'].map(
    (zone): Case => [
      `the zone ${zone}`,
      withFormat({ pattern: '%F %T', zone }),
      `${at}.zone: '${zone}' ${/^[a-z]/.test(zone) ? 'has hours that come twice a year, or may have them' : 'is not an offset'}; ${zones}`,
    ],
  ),
  [
    'a zone that is no text',
    withFormat({ pattern: '%F %T', zone: 2 }),
    `${at}.zone: must be a string, but got 2; ${zones.split(', or read')[0]}`,
  ],
  ['no offset', withFormat({ pattern: '%F %T', zone: '+15:00' }), `${at}.zone: '+15:00' is not an offset; ${zones}`],
  [
    'an event time without an hour where partitions have one',
    {
      columns: [{ name: 'at', type: 'timestamp', notNull: true, format: { pattern: '%F' } }],
      partition: { scheme: 'hour', from: '2026-01-01', to: '2026-12-31' },
    },
    "eventTime: the format of column 'at' tells no hour; add the hour to its pattern, or use scheme 'day'",
  ],
  [
    'the format of a field that is not a time',
    {
      columns: [
        ...definition().columns,
        { name: 'x', type: 'struct<n:int>', fields: { n: { format: { epoch: 's' } } } },
      ],
    },
    "columns[2].fields.n.format: the format of a time, for the type 'int'; " +
      'remove it, or change the type to timestamp or date; a field of a struct has its format in fields',
  ],
]);

test('formats are those of every time of a column or field', () => {
  const { columns } = dataset({
    columns: [
      { name: 'at', type: 'timestamp', notNull: true, format: { epoch: 'us' } },
      { name: 'x', type: 'map<string,array<timestamp>>', format: { pattern: '%F %T', zone: '-09:30' } },
      {
        name: 'y',
        type: 'array<struct<day:date,seen:timestamp>>',
        fields: { day: { format: { pattern: '%d.%m.%Y' } } },
      },
    ],
  });
  const plain = { kind: 'timestamp', format: { pattern: '%F %T', offset: -570 } };
  expect(columns.map(({ type }) => type)).toEqual([
    { kind: 'timestamp', format: { epoch: 'us' } },
    { kind: 'map', key: { kind: 'string' }, value: { kind: 'array', element: plain } },
    {
      kind: 'array',
      element: {
        kind: 'struct',
        fields: [
          { name: 'day', type: { kind: 'date', format: { pattern: '%d.%m.%Y', offset: 0 } } },
          { name: 'seen', type: { kind: 'timestamp' } },
        ],
      },
    },
  ]);
});

test('any JSON is taken as text, in strings at any depth but those of structs', () => {
  const { columns } = dataset({
    columns: [
      ...definition().columns,
      { name: 'x', type: 'string', format: 'json' },
      { name: 'y', type: 'map<string,array<string>>', format: 'json' },
    ],
  });
  const json = { kind: 'string', json: true };
  expect(columns.slice(2).map(({ type }) => type)).toEqual([
    json,
    { kind: 'map', key: { kind: 'string' }, value: { kind: 'array', element: json } },
  ]);
});

test.each([
  ['the day first', '%d-%m-%Y', 'date'],
  ['the year, and the day after another character than ISO has', '%Y/%d/%m', 'date'],
  ['the year, and the day after none', '%Y%d%m', 'date'],
  ['the year alone first', '%m-%d %Y', 'date'],
  ['something before the year', '-%Y-%m-%d', 'date'],
  ['the name of the day', '%a %d %b %Y', 'date'],
  ['a fraction', '%F %H:%M:%S.%f', 'timestamp'],
  ['a Z at the end, which means UTC', '%FT%TZ', 'timestamp'],
  ['a day alone', '%F', 'timestamp'],
  ['an hour alone', '%F %H', 'timestamp'],
])('takes %s', (_, text, type) => {
  expect(mistakes(pattern(text, type))).toEqual([]);
});

test.each([
  ['UTC', 0],
  ['+00:00', 0],
  ['+14:00', 840],
  ['-14:00', -840],
  ['+05:45', 345],
])('the zone %s is %d minutes east of UTC', (zone, offset) => {
  const { columns } = dataset(withFormat({ pattern: 'Z%F %T', zone }));
  expect(columns[2]?.type).toEqual({ kind: 'timestamp', format: { pattern: 'Z%F %T', offset } });
});

test('a Z at the end may stand beside the zone that it means', () => {
  expect(mistakes(withFormat({ pattern: '%FT%TZ', zone: 'UTC' }))).toEqual([]);
});
