/** The checker of JSON: what it counts, what it leaves out, and what it shares with the checker of the next object. */
import { MAX_LINE_BYTES, NdjsonValidator, type Rejection, UnreadableObjectError, type VetoList } from '../../lib/rows';
import { columnsOf, cut, feed } from './helpers';

const columns = columnsOf({ id: 'int!', v: 'string' });

function validatorOf(
  rejected: unknown[] = [],
  input?: ConstructorParameters<typeof NdjsonValidator>[0]['input'],
  vetoes?: VetoList,
) {
  const keep = ({ line, record, offset, reason, raw }: Rejection): void => {
    rejected.push([line, record, offset, reason, raw.toString()]);
  };
  return new NdjsonValidator({ columns, input }, keep, vetoes);
}
const lines = (validator: NdjsonValidator, ...chunks: string[]): string[] =>
  feed(
    validator,
    chunks.map((chunk) => Buffer.from(chunk)),
  )
    .toString()
    .split('\n')
    .slice(0, -1);
const unknown = ({ unknownFields }: NdjsonValidator) => unknownFields.map(({ name, count }) => [name, count]);

describe('checkers of one dataset', () => {
  test('one after another count for themselves', () => {
    for (const text of ['{"id":1,"x":2}', '{"id":1}', '{"id":1,"y":2}', '{"id":"x"}', '{"id":1,"y":1}']) {
      const validator = validatorOf();
      lines(validator, text);
      expect(unknown(validator)).toEqual(text.includes('y') ? [['y', 1]] : text.includes('"x":') ? [['x', 1]] : []);
      expect(validator.accepted + validator.rejected).toBe(1);
    }
  });

  test('at the same time share nothing', () => {
    const [one, other] = [validatorOf(), validatorOf()];
    one.push(Buffer.from('{"id":1,"x":1}\n{"id":'));
    other.push(Buffer.from('{"id":1,"y":1}\n{"id":'));
    one.push(Buffer.from('2,"x":1}\n'));
    other.push(Buffer.from('2}\n'));
    one.end();
    other.end();
    expect([unknown(one), unknown(other)]).toEqual([[['x', 2]], [['y', 1]]]);
  });

  test('that have ended see nothing of those that come after them', () => {
    const first = validatorOf();
    lines(first, '{"id":1}');
    const second = validatorOf();
    second.push(Buffer.from('{"id":1,"x":1}\n'));
    expect([unknown(first), first.otherUnknownFields, first.accepted]).toEqual([[], 0, 1]);
    const third = validatorOf();
    lines(third, '{"id":1,"y":1}');
    second.push(Buffer.from('{"id":1,"x":1}\n'));
    second.end();
    expect([unknown(first), unknown(second), unknown(third)]).toEqual([[], [['x', 2]], [['y', 1]]]);
  });

  test('of other texts for null read these, before and after others', () => {
    const row = '{"id":1,"v":"-"}';
    for (const nulls of [undefined, ['-'], undefined, ['+'], ['-']]) {
      const validator = validatorOf([], nulls && { nulls });
      expect(lines(validator, row)).toEqual([nulls?.[0] === '-' ? '{"id":1,"v":null}' : row]);
    }
  });
});

test('what was counted before the end is told after it', () => {
  const validator = validatorOf();
  expect(lines(validator, '{"id":1,"x":1}\n', '{"x":1,"id":"a"}\n{"id":2,"x":1}')).toHaveLength(2);
  expect([unknown(validator), validator.accepted, validator.rejected]).toEqual([[['x', 3]], 2, 1]);
});

test.each([
  '{"x":1,\n"id":1}',
  '[{"x":1,"id":1,\n"v":"a"}]',
  '{"x":1,"id":1}{"id":2}',
  '{"x":1,"id":1} \n,{"id":2}',
  '{\n"id":1}\n{"x":1,"id":2}\n{"id":3}',
  '{"x":1,"id":"a"}',
  '{"x":1,"id":"a"\n}',
  '{"x":1,"id":1',
])('an undeclared member is counted once, however often its record is looked at: %j', (text) => {
  for (const cuts of [[], Array.from({ length: text.length }, (_, at) => at)]) {
    const validator = validatorOf();
    feed(validator, cut(Buffer.from(text), cuts));
    const isCutOff = !/[\]}]$/.test(text);
    expect(unknown(validator).filter(([, count]) => count !== 1)).toEqual([]);
    if (!isCutOff) expect(unknown(validator)).toEqual([['x', 1]]);
  }
});

test('names of an envelope are told before those of its records, a hundred of each', () => {
  const members = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `"${prefix}${index}":1`).join(',');
  const validator = validatorOf([], { json: { unwrap: ['r'], carry: [] } });
  lines(validator, `{${members('m', 103)},"r":[{"id":1,${members('x', 102)}}]}{"m0":1,"m102":1,"r":[]}`);
  const names = (prefix: string) =>
    Array.from({ length: 100 }, (_, index) => [`${prefix}${index}`, prefix === 'm' && index === 0 ? 2 : 1]);
  expect([unknown(validator), validator.otherUnknownFields]).toEqual([[...names('m'), ...names('x')], 6]);
  const other = validatorOf();
  lines(other, `{"id":1,${members('m', 103)}}`);
  expect([unknown(other).length, other.otherUnknownFields]).toEqual([100, 3]);
});

describe('rows that are left out although they fit', () => {
  const vetoes: VetoList = new Map([
    [1, 'second'],
    [3, 'fourth'],
  ]);

  test.each([
    [
      '{"id":1}\n{"id":2}\nx\n{"id":3}\n{"id":4}\n{"id":5}\n',
      [
        [2, 2, 9, 'second', '{"id":2}'],
        [3, 3, 18, 'not JSON: unexpected "x" at byte 1', 'x'],
        [5, 5, 29, 'fourth', '{"id":4}'],
      ],
    ],
    [
      '[{"id":1},{"id":2},\n{"id":3},{"id":4},{"id":5}]',
      [
        [1, 2, 10, 'second', '{"id":2}'],
        [2, 4, 29, 'fourth', '{"id":4}'],
      ],
    ],
    [
      '{"id":1}{"id":"y"}{"id":2}{\n"id":3}{\n"id":4\n}{"id":5}',
      [
        [1, 2, 8, 'id: expected an int, found the string "y"', '{"id":"y"}'],
        [1, 3, 18, 'second', '{"id":2}'],
        [2, 5, 35, 'fourth', '{\n"id":4\n}'],
      ],
    ],
  ])('%j', (text, expected) => {
    for (const cuts of [[], Array.from({ length: text.length }, (_, at) => at)]) {
      const rejected: unknown[] = [];
      const validator = validatorOf(rejected, undefined, vetoes);
      const output = feed(validator, cut(Buffer.from(text), cuts)).toString();
      expect(
        output
          .split('\n')
          .slice(0, -1)
          .map((line) => (JSON.parse(line) as { id: number }).id),
      ).toEqual([1, 3, 5]);
      expect(rejected).toEqual(expected);
      expect([validator.accepted, validator.rejected]).toEqual([3, expected.length]);
    }
  });

  test('in an envelope, with what it carries', () => {
    const rejected: unknown[] = [];
    const validator = validatorOf(rejected, { json: { unwrap: ['r'], carry: [['v']] } }, vetoes);
    expect(lines(validator, '{"v":"a","r":[{"id":1},{"id":2},{"id":3,"v":"b"},{"id":4}]}')).toEqual([
      '{"v":"a","id":1}',
      '{"id":3,"v":"b"}',
    ]);
    expect(rejected).toEqual([
      [1, 2, 23, 'second', '{"id":2}'],
      [1, 4, 49, 'fourth', '{"id":4}'],
    ]);
  });
});

describe('a record of more than 16 MiB', () => {
  test('has more bytes than this', () => {
    expect(MAX_LINE_BYTES).toBe(16_777_216);
  });

  const long = Buffer.alloc(MAX_LINE_BYTES, 'x');
  const OWNED = { unwrap: ['r'], carry: [['owner'], ['at', 'region']] };

  test.each([
    ['{"id":1}\n{"id":2,"v":"', 'line 2 is'],
    ['[\n{"id":1},{"id":2,"v":"', 'what begins at byte 11 is'],
    ['{\n"id":1}\n{"id":2,"v":"', 'what begins at byte 10 is'],
    ['{"owner":"o","r":[{"id":1,"v":"', 'line 1 is', 'not all of owner, region stand before its records'],
    ['{"r":[{"id":1}],"owner":"o","at":{"region":"r"}}\nx "', 'line 2 is', ''],
  ])('that begins after %j makes the object unreadable', (before, what, why = undefined) => {
    const message = `${what} longer than ${MAX_LINE_BYTES} bytes${why === undefined || why === '' ? '' : `, and ${why}`}`;
    const validator = validatorOf([], why === undefined ? undefined : { json: OWNED });
    validator.push(Buffer.from(before));
    const push = () => {
      validator.push(long);
      validator.end();
    };
    expect(push).toThrow(new UnreadableObjectError(message));
  });

  test('is told in one chunk, too', () => {
    const text = Buffer.concat([Buffer.from('{"id":1}\n{"id":2,"v":"'), long, Buffer.from('"}\n')]);
    expect(() => validatorOf().push(text)).toThrow(`line 2 is longer than ${MAX_LINE_BYTES} bytes`);
  });

  test('begins behind the last byte of one that is as long as a line may be', () => {
    const head = '{"id":1,"v":"';
    const text = `${head}${'x'.repeat(MAX_LINE_BYTES - head.length - 2)}"}\n{"id":2}\n`;
    expect(lines(validatorOf(), text)).toHaveLength(2);
  });
});
