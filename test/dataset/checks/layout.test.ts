import { parseDataset } from '../../../lib/dataset';
import { definition } from '../helpers';
import { mistakes, range, reports } from './reports';

const examples = "write 'hive', or a template such as '{yyyy}/{MM}/{dd}/' or 'logs/{region}/{yyyy}/{MM}/{dd}/'";
const withLayout = (layout: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  ...more,
  input: { formats: ['ndjson'], layout },
});
const scheme = (name: string, leading: unknown[] = []) => ({ partition: { scheme: name, ...range, leading } });
const columns = (...more: readonly object[]) => ({ columns: [...definition().columns, ...more] });
const region = { name: 'region', kind: 'injected' };

test.each([
  ['hive', {}],
  ['{yyyy}/{MM}/{dd}/', {}],
  ['{yyyy}/{MM}/{dd}/{HH}/', scheme('hour')],
  ['year={yyyy}/month={M}/day={d}/', {}],
  ['AWSLogs/aws-account-id=*/aws-region={region}/{yyyy}/{MM}/{dd}/', scheme('day', [region])],
  ['{account}/{yyyy}/{MM}/{dd}/', columns({ name: 'account', type: 'bigint', notNull: true })],
  ['*.{yyyy}-{MM}-{dd}-{HH}.', scheme('dt')],
])('%s is a layout', (layout, more) => {
  const parsed = parseDataset(definition(withLayout(layout, more)));
  expect(parsed.input.layout).toBe(layout === 'hive' ? undefined : layout);
});

reports('input.layout', [
  ['what is not a text', withLayout(['hive']), `input.layout: must be a string, but got an array; ${examples}`],
  [
    'an empty template',
    withLayout(''),
    "input.layout: is empty; write 'hive', or a template such as '{yyyy}/{MM}/{dd}/'",
  ],
  [
    'a slash in front',
    withLayout('/{yyyy}/{MM}/{dd}/'),
    'input.layout: has a folder without a name; begin with the first folder below raw/<dataset>/, and put one slash between folders',
  ],
  [
    'a brace that stays open',
    withLayout('{yyyy/{MM}/{dd}/'),
    "input.layout: '{yyyy' has a brace without its other; write placeholders as {name}",
  ],
  [
    'characters that an S3 path should not have',
    withLayout('my logs/{yyyy}/{MM}/{dd}/'),
    "input.layout: 'my logs' holds a character that a layout cannot have; use letters, digits and ! _ . ' ( ) = - around placeholders, or * for any text",
  ],
  [
    'folders that engines skip',
    withLayout('_logs/{yyyy}/{MM}/{dd}/'),
    "input.layout: '_logs' begins with _ or .; query engines skip such folders: use another name",
  ],
  [
    'two parts of any width in one folder',
    withLayout('{account}_*/{yyyy}/{MM}/{dd}/', columns({ name: 'account', type: 'string' })),
    "input.layout: '{account}_*' has several parts of any width in one folder; keep one placeholder that is no time, or one *, in each folder",
  ],
  [
    'a number whose end nothing tells',
    withLayout('{yyyy}{M}/{dd}/'),
    "input.layout: '{yyyy}{M}' does not tell where the number {M} begins or ends; put text that is no digit on both sides of it, end the folder after it, or use two digits",
  ],
  [
    'a number at the end of what is known of a name',
    withLayout('{yyyy}/{MM}/{d}'),
    "input.layout: '{d}' does not tell where the number {d} begins or ends; put text that is no digit on both sides of it, end the folder after it, or use two digits",
  ],
  [
    'any text at the end',
    withLayout('{yyyy}/{MM}/{dd}/*'),
    "input.layout: '*' does not tell where * ends; leave it out: any text may follow the layout",
  ],
  [
    'a layout that is coarser than the scheme',
    withLayout('{yyyy}/{MM}/{dd}/', scheme('hour')),
    "input.layout: does not tell the hour, which scheme 'hour' needs; add {HH}, or use partition.scheme 'day'",
  ],
  [
    'months only',
    withLayout('year={yyyy}/month={M}/', scheme('dt')),
    "input.layout: does not tell the day, which scheme 'dt' needs; add {dd}, or use partition.scheme 'month'",
  ],
  [
    'a leading key that it does not tell',
    withLayout('{yyyy}/{MM}/{dd}/', scheme('day', [region])),
    "input.layout: does not tell the leading key 'region'; write {region} where the path has its value, or remove the key from partition.leading",
  ],
  [
    'placeholders that mean nothing',
    withLayout('{acount}/{YYYY}/{yyyy}/{MM}/{dd}/{nothing}/', columns({ name: 'account', type: 'string' })),
    'input.layout: {acount} is neither a time, a leading key nor a column; write {account}',
    'input.layout: {YYYY} is neither a time, a leading key nor a column; write {yyyy}',
    'input.layout: {nothing} is neither a time, a leading key nor a column; add a column of that name, or write * for any text',
  ],
  [
    'a column that comes from the path and from elsewhere',
    withLayout('{account}/{yyyy}/{MM}/{dd}/', columns({ name: 'account', type: 'string', from: 'accountId' })),
    "input.layout: the value of {account} comes from the path, but column 'account' has a from; remove one of the two",
  ],
  [
    'a type that no path spells',
    withLayout('{share}/{yyyy}/{MM}/{dd}/', columns({ name: 'share', type: 'double' })),
    "input.layout: column 'share' of type 'double' cannot come from a path; use type 'string', an integer, or 'date' without a format",
  ],
  [
    'the event time',
    withLayout('{at}/{yyyy}/{MM}/{dd}/'),
    'input.layout: {at} is the event time, which rows must tell; name another column as eventTime, or write times',
  ],
]);

test.each([
  ['year', '{yyyy}'],
  ['month', '{MM}'],
  ['day', '{dd}'],
  ['hour', '{HH}'],
  ['YYYY', '{yyyy}'],
  ['DD', '{dd}'],
  ['hh', '{HH}'],
  ['mm', '*, which is any text: minutes make no partition'],
])('{%s}, as other tools write it, is told as %s', (name, instead) => {
  expect(mistakes(withLayout(`{${name}}/{yyyy}/{MM}/{dd}/`))).toEqual([
    `input.layout: {${name}} is neither a time, a leading key nor a column; write ${instead}`,
  ]);
});

test.each([
  ['year', 'x/', 'day', 'add {yyyy}'],
  ['month', '{yyyy}/', 'day', 'add {MM}'],
  ['month', '{yyyy}/', 'month', 'add {MM}'],
  ['day', '{yyyy}/{MM}/', 'day', "add {dd}, or use partition.scheme 'month'"],
])('the %s that %s lacks is told for scheme %s', (unit, layout, name, fix) => {
  expect(mistakes(withLayout(layout, scheme(name)))).toEqual([
    `input.layout: does not tell the ${unit}, which scheme '${name}' needs; ${fix}`,
  ]);
});

test.each([
  ['a date with a format', { name: 'born', type: 'date', format: { pattern: '%Y%m%d' } }, false],
  ['a date', { name: 'born', type: 'date' }, true],
  ['a text', { name: 'born', type: 'string' }, true],
])('%s in a path: taken is %j', (_, column, isTaken) => {
  const more = { ...columns(column), columnNames: 'snake' };
  expect(mistakes(withLayout('{born}/{yyyy}/{MM}/{dd}/', more)).length).toBe(isTaken ? 0 : 1);
});

test('a template that is wrong is reported with the other mistakes of a definition', () => {
  expect(mistakes({ ...withLayout('{yyyy}//'), eventTime: 'when' })).toEqual([
    expect.stringContaining("eventTime: there is no column 'when'"),
    expect.stringContaining('input.layout: has a folder without a name'),
  ]);
});
