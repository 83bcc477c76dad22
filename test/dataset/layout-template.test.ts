/** Templates of paths: what is refused, how paths are read, and which are given. */
import {
  type LayoutMatch,
  LayoutSyntaxError,
  layoutPath,
  layoutReader,
  namesOf,
  parseLayout,
  unitsOf,
} from '../../lib/dataset/layout-template';

function told(template: string): string {
  try {
    parseLayout(template);
  } catch (error) {
    if (!(error instanceof LayoutSyntaxError)) throw error;
    expect([error.name, error.message]).toEqual(['LayoutSyntaxError', `${error.problem}; ${error.fix}`]);
    return error.message;
  }
  return 'taken';
}

const EMPTY = "is empty; write 'hive', or a template such as '{yyyy}/{MM}/{dd}/'";
const FOLDER =
  'has a folder without a name; begin with the first folder below raw/<dataset>/, and put one slash between folders';
const CHARACTER =
  "holds a character that a layout cannot have; use letters, digits and ! _ . ' ( ) = - around placeholders, or * for any text";
const SKIPPED = 'begins with _ or .; query engines skip such folders: use another name';
const SEVERAL =
  'has several parts of any width in one folder; keep one placeholder that is no time, or one *, in each folder';
const NUMBER =
  'begins or ends; put text that is no digit on both sides of it, end the folder after it, or use two digits';

test.each([
  ['', EMPTY],
  ['/', EMPTY],
  ['x'.repeat(501), 'has 501 characters; write at most 500'],
  ['/a/', FOLDER],
  ['a//b/', FOLDER],
  ['a//', FOLDER],
  ['a/{b/', "'{b' has a brace without its other; write placeholders as {name}"],
  ['a/b}/', "'b}' has a brace without its other; write placeholders as {name}"],
  ['a/{{b}}/', "'{{b}}' has a brace without its other; write placeholders as {name}"],
  ['a b/', `'a b' ${CHARACTER}`],
  ['{a}ä/', `'ä' ${CHARACTER}`],
  ['_a/', `'_a' ${SKIPPED}`],
  ['a/.b{c}/', `'.b{c}' ${SKIPPED}`],
  ['{a}{b}/', `'{a}{b}' ${SEVERAL}`],
  ['*-*/', `'*-*' ${SEVERAL}`],
  ['*{a}/', `'*{a}' ${SEVERAL}`],
  ['1{M}/', `'1{M}' does not tell where the number {M} ${NUMBER}`],
  ['{d}1/', `'{d}1' does not tell where the number {d} ${NUMBER}`],
  ['{H}{a}/', `'{H}{a}' does not tell where the number {H} ${NUMBER}`],
  ['*{H}/', `'*{H}' does not tell where the number {H} ${NUMBER}`],
  ['{yyyy}{M}/', `'{yyyy}{M}' does not tell where the number {M} ${NUMBER}`],
  ['{yyyy}/{M}', `'{M}' does not tell where the number {M} ${NUMBER}`],
  ['a/{b}', "'{b}' does not tell where {b} ends; write a '/' or other text after it"],
  ['a/x*', "'x*' does not tell where * ends; leave it out: any text may follow the layout"],
])('the template %j is refused with what to write', (template, message) => {
  expect(told(template)).toBe(message);
});

test.each(['x'.repeat(500), "a!_.'()=-/", '{M}/', 'x{M}-{d}/', '{M}x', '{yyyy}{MM}{dd}', 'a_/{b}_/*.', '{a}/{b}/'])(
  'the template %j is taken',
  (template) => {
    expect(told(template)).toBe('taken');
  },
);

const read = (template: string, path: string) => layoutReader(parseLayout(template))(path);

test.each<readonly [string, string, LayoutMatch]>([
  [
    '{yyyy}/{M}/{d}/{H}/',
    '2026/6/5/0/x',
    { prefix: '2026/6/5/0/', times: { year: '2026', month: '06', day: '05', hour: '00' }, values: {} },
  ],
  ['{yyyy}-{MM}', '2026-06-15.gz', { prefix: '2026-06', times: { year: '2026', month: '06' }, values: {} }],
  ['{a}-b/', 'x-b-b/y', { prefix: 'x-b-b/', times: {}, values: { a: 'x-b' } }],
  ['{a}-b', 'x-b-b/y', { prefix: 'x-b', times: {}, values: { a: 'x' } }],
  ['*.{HH}.', 'x.y.07.z', { prefix: 'x.y.07.', times: { hour: '07' }, values: {} }],
  ['a.(b)/{c}/', 'a.(b)/d/e', { prefix: 'a.(b)/d/', times: {}, values: { c: 'd' } }],
  ['{M}/{MM}/', '6/06/x', { prefix: '6/06/', times: { month: '06' }, values: {} }],
])('of %s, the path %s is read', (template, path, expected) => {
  expect(read(template, path)).toEqual(expected);
});

test.each([
  ['a/b/', 'a', "has no folder 'a'"],
  ['a/b/', 'a/b', "has no folder 'b'"],
  ['a.b/', 'axb/', "'axb' does not fit 'a.b'"],
  ['a/', 'ab/', "'ab' does not fit 'a'"],
  ['a/', 'ba/', "'ba' does not fit 'a'"],
  ['a', 'ba', "'ba' does not fit 'a'"],
  ['{a}/', '/', "'' does not fit '{a}'"],
  ['*x', 'x', "'x' does not fit '*x'"],
  ['{yyyy}/', '202/', "'202' does not fit '{yyyy}'"],
  ['{yyyy}/', '20260/', "'20260' does not fit '{yyyy}'"],
  ['{M}/', '06/', "'06' does not fit '{M}'"],
  ['{d}/', '0/', "'0' does not fit '{d}'"],
  ['{H}/', '00/', "'00' does not fit '{H}'"],
  ['{dd}/', '5/', "'5' does not fit '{dd}'"],
  ['{HH}/', '123/', "'123' does not fit '{HH}'"],
  ['{a}/{a}/', 'x/y/', "says 'x' and 'y' for one a"],
  ['{M}/{MM}/', '6/07/', "says '06' and '07' for one month"],
  ['a/', `${'x'.repeat(60)}/`, `'${'x'.repeat(60)}' does not fit 'a'`],
  ['a/', `${'x'.repeat(61)}/`, `'${'x'.repeat(57)}...' does not fit 'a'`],
])('of %s, the path %s has a problem: %s', (template, path, problem) => {
  expect(read(template, path)).toEqual({ problem });
});

test('the units and the names of a template are told, each once', () => {
  const template = parseLayout('{b}/{a}/{yyyy}/{M}/{yyyy}-{MM}/{b}/*/x/');
  expect([...unitsOf(template)]).toEqual(['year', 'month']);
  expect(namesOf(template)).toEqual(['b', 'a']);
});

const NIGHT = new Date('2026-06-05T07:00:00Z');
const given = (template: string, values: Readonly<Record<string, string>> = {}, anything?: string): string => {
  try {
    return layoutPath(parseLayout(template), NIGHT, values, anything);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
};

test.each([
  ['{yyyy}/{MM}/{dd}/{HH}/', {}, '2026/06/05/07/'],
  ['{yyyy}-{M}-{d}-{H}-', {}, '2026-6-5-7-'],
  ['*/x{a}/', { a: 'b' }, 'x/xb/'],
  ['{a}/', {}, 'no value for {a}'],
  ['{a}/', { a: '' }, 'no value for {a}'],
  ['{toString}/', {}, 'no value for {toString}'],
  ['{a}/', { a: 'b/c' }, "'b/c/' would be read as another path of the layout"],
  ['{a}-b', { a: 'x-b' }, "'x-b-b' would be read as another path of the layout"],
  ['{a}/', { a: 'x/'.repeat(40) }, `'${'x/'.repeat(28)}x...' would be read as another path of the layout`],
])('of %s with %j, the path is %s', (template, values, expected) => {
  expect(given(template, values)).toBe(expected);
});

test('any text of a path is that which is asked for', () => {
  expect(given('*-b', {}, 'x-b')).toBe("'x-b-b' would be read as another path of the layout");
  expect([given('*/{yyyy}/', {}, 'shard-1'), given('*/{yyyy}/', {}, 'a/b')]).toEqual([
    'shard-1/2026/',
    "'a/b/2026/' would be read as another path of the layout",
  ]);
});
