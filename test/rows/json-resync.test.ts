/** Where reading goes on behind a value that is broken, and what may stand behind one that is whole. */
import { Extent } from '../../lib/rows/json-extent';
import { endOfBroken, following, skipInLine, UNDECIDED } from '../../lib/rows/json-resync';

const RS = '\u001e';
const CLOSERS = { none: 0, array: 0x5d, object: 0x7d } as const;
type Inside = keyof typeof CLOSERS;

describe('what follows a whole value', () => {
  const GARBAGE = -2;

  test.each<[text: string, inside: Inside, found: number]>([
    ['\n', 'none', 0],
    [' \t\r\n', 'none', 3],
    ['{', 'none', 0],
    [' {', 'none', 1],
    ['[', 'none', 0],
    [RS, 'none', 0],
    ['x', 'none', GARBAGE],
    [' x', 'none', GARBAGE],
    ['"', 'none', GARBAGE],
    [']', 'none', GARBAGE],
    ['}', 'none', GARBAGE],
    ['\0', 'none', GARBAGE],
    // A comma, before one of these.
    [',{', 'none', 0],
    [' , {', 'none', 1],
    [',\n', 'none', 0],
    [',[', 'none', 0],
    [`,${RS}`, 'none', 0],
    [',x', 'none', GARBAGE],
    [', ]', 'none', GARBAGE],
    [',,', 'none', GARBAGE],
    [',}', 'none', GARBAGE],
    // Within something, before anything.
    [']', 'array', 0],
    ['}', 'array', GARBAGE],
    [',x', 'array', 0],
    [' ,', 'array', 1],
    ['{', 'array', 0],
    ['x', 'array', GARBAGE],
    ['}', 'object', 0],
    [']', 'object', GARBAGE],
    [',x', 'object', 0],
    ['\n', 'object', 0],
  ])('%j, within %s: %d', (text, inside, found) => {
    for (const final of [true, false]) {
      const buf = Buffer.from(`ab${text}x{`);
      const answer = following(buf, 2, buf.length, CLOSERS[inside], final);
      expect(answer).toBe(found < 0 ? found : found + 2);
    }
  });

  test.each<[text: string, inside: Inside, atEnd: number]>([
    ['', 'none', 0],
    [' \t', 'none', 2],
    [',', 'none', 0],
    [' , ', 'none', 1],
    ['', 'array', 0],
    [' ', 'object', 1],
  ])('nothing after %j, within %s, is the end of the input, or cannot be told yet', (text, inside, atEnd) => {
    const buf = Buffer.from(`${text}x`);
    expect(following(buf, 0, text.length, CLOSERS[inside], true)).toBe(atEnd);
    expect(following(buf, 0, text.length, CLOSERS[inside], false)).toBe(UNDECIDED);
  });

  test('a line end is no blank of a line', () => {
    expect(skipInLine(Buffer.from(' \t\r \nx'), 0, 6)).toBe(4);
    expect(skipInLine(Buffer.from('    '), 1, 3)).toBe(3);
    expect(skipInLine(Buffer.from('x'), 0, 1)).toBe(0);
  });
});

const extent = new Extent();

interface Where {
  readonly inside?: Inside;
  readonly indent?: number;
  /** Bytes before it. */
  readonly start?: number;
}

/** The broken piece that begins a text, of which so many bytes are there; undefined where it cannot be told yet. */
function piece(text: string, { inside = 'none', indent, start = 0 }: Where, length = text.length): string | undefined {
  const buf = Buffer.from(`${text}\n`);
  const found = extent.scan(buf, start, text.length, true);
  expect(found).not.toBe('open');
  if (found === 'whole') extent.resume(skipInLine(buf, extent.at, text.length));
  const { at: fault, token, braces, brackets } = extent;
  if (fault >= length) return undefined;
  const isObject = text[start] === '{';
  const broken = { start, fault, token, braces, brackets, isObject, closer: CLOSERS[inside], indent };
  const known = Buffer.from(`${text.slice(0, length)}\n`);
  const to = endOfBroken(known, broken, length, length === text.length);
  return to === UNDECIDED ? undefined : known.toString('utf8', start, to);
}

/** Behind each text, so that no escape can be cut off at its end. */
const MORE = '\n{"id":9}\n{"id":10}\n';

describe('a broken value ends', () => {
  test.each<[why: string, text: string, rest: string, where?: Where]>([
    // 1
    ['at a brace that cannot be there', '{"id":1,', '{"id":2}'],
    ['at a brace that stands where a value ends', '{"id":1', '{"id":2}'],
    ['at a brace with blanks', '{"id":1,', '{ "id" :2}'],
    ['at a brace of an empty object', '{"id":1,', '{ }'],
    ['where a string was cut off before a record', '{"id":1,"v":"ab', '{"id":2}'],
    ['where a key was cut off before a record', '{"id":1,"v', '{"id":2}'],
    ['where a string was cut off before a record that has a blank after its key', '{"v":"ab', '{"id" :2}'],
    ['where a string in an array was cut off', '{"v":["ab', '{"id":2}'],
    ['where a key was cut off before one that begins with a blank', '{"v":"ab', '{" id":2}'],
    ['not at a brace that begins no record', '{"id":1,{7}}', '\n'],
    ['not at a brace with blanks that begins no record', '{"id":1,{                    7}}', '\n'],
    ['not at a brace with a long string that is no key', '{"id":1,{"abcdefghijklmnopqrstuvwxyz"}}', '\n'],
    ['not at a brace with a long string and text', '{"id":1,{"abcdefghijklmnopqrstuvwxyz"     x}}', '\n'],
    ['not at an empty object within it', '{"a":{}x}', '{"id":2}'],
    ['not where a string ends that is followed by a key', '{"v":"a"b":1}', '{"id":2}'],
    ['not where a string holds a brace and no key follows', '{"v":"ab{"c"}', '\n'],
    ['not where a string holds a brace and a long string follows', '{"v":"ab{"abcdefghijklmnopqrstuvwxyz"}', '\n'],
    // 2
    ['behind the brace that closes it', '{"id":nul}', '{"id":2}'],
    ['behind the brace that closes it, before a comma', '{"id":nul}', ' ,{"id":2}'],
    ['behind the brace that closes it, before an array', '{"id":nul}', '[{"id":2}]'],
    ['behind the brace that closes it, not one within', '{"a":{"b":nul},"c":{}}', '{"id":2}'],
    ['behind the brace that closes it, with an array open', '{"a":[nul}', '{"id":2}'],
    ['behind the brace that closes it, braces of strings left out', '{"a":nul,"}{":"}"}', '{"id":2}'],
    ['behind the brace that closes it, quotes that are escaped left out', '{"a":nul,"b":"\\"}{"}', '{"id":2}'],
    ['behind a brace too many', '{"id":1}}', '{"id":2}'],
    ['behind the brace before the end of an array', '{"id":nul}', ']', { inside: 'array' }],
    ['behind the brace before a comma and anything in an array', '{"id":nul}', ',7]', { inside: 'array' }],
    ['behind the brace before the end of an envelope', '{"id":nul}', '}', { inside: 'object' }],
    ['not behind a brace with text after it', '{"id":nul}x', '\n'],
    ['not behind a brace with a comma and text after it', '{"id":nul},x', '\n'],
    ['not behind a brace with an array open and text after it', '{"a":[nul}x{"id":7}', '\n'],
    ['not behind a brace with text after it, and a brace that begins no record', '{"a":nul}x{              7}', '\n'],
    // 3
    ['before the bracket around it', '{"id":nul', ']', { inside: 'array' }],
    ['before the bracket around it, not one within', '{"a":[nul],"b":[x]', ']', { inside: 'array' }],
    ['before the bracket around it, a word', 'nul', ']', { inside: 'array' }],
    ['before a comma, a word', 'nul', ',{"id":2}]', { inside: 'array' }],
    ['before a comma, an array', '[1,nul]', ',{"id":2}]', { inside: 'array' }],
    ['before a comma, not one within an array', '[nul,2]', ',3]', { inside: 'array' }],
    ['before a comma, not one within an object', '[{"a":nul,"b":1}]', ',3]', { inside: 'array' }],
    ['not before a comma, an object', '{"a":nul,"b":2}', ',{"id":2}]', { inside: 'array' }],
    ['not before a comma outside of arrays', 'nul,2', '\n'],
    ['not before a comma in an envelope', 'nul,2', '\n', { inside: 'object' }],
    ['not before a bracket outside of arrays', '{"id":nul]', '\n'],
    ['not before a bracket in an envelope', '{"id":nul]', '\n', { inside: 'object' }],
    ['not before a comma within braces behind a word', '7{"a":1,"b":2}', ',3]', { inside: 'array' }],
    ['not before the bracket that it begins with', ']x', ']', { inside: 'array' }],
    ['not before the comma that it begins with', ',{"a":1,"b":2}', ',3]', { inside: 'array' }],
    // 4
    ['before a record behind a brace', '{"a":{"b":nul}', '{"id":2}'],
    ['before a record behind a brace and blanks', '{"a":{"b":nul} \t', '{"id":2}'],
    ['before a record behind a bracket', '{"a":[nul]', '{"id":2}'],
    ['before an empty record behind a brace', '{"a":{"b":nul}', '{}'],
    ['before a record that goes on in the next line', '{"a":[nul]', '{\n"id":2}'],
    ['before a record whose key stands alone in its line', '{"a":[nul]', '{"id"\n:2}'],
    ['before a record in what seems to be a string', '{"a":{"b":"x"c"}', '{"id":2}"'],
    ['before a record when all brackets are closed', '{"a":nul}x', '{"id":2}'],
    ['before a record after text', '7x ]', '{"id":2}'],
    ['not before a brace after text', '7x', '\n', {}],
    ['not before an object behind a comma', '{"a":[nul,{"id":2},{"id":3}]}', '\n'],
    ['not before a brace that begins no record', '{"a":[nul]{7}', '\n'],
    ['not before a brace with a string that is no key', '{"a":[nul]{"b"}', '\n'],
    ['not before a brace with a key that is broken', '{"a":[nul]{"b\\x":1}', '\n'],
    ['before a record in what seems to be a string, behind another brace', '{"b":"x"c" { }', '{"id":2}"'],
    ['not before a brace with a key without its first quote', '{"a":[nul]{b":1}}', '\n'],
    ['not before a brace with blanks and no key', '{"a":[nul]{              7}}', '\n'],
    ['not before a brace with a long string that is no key', '{"a":[nul]{"abcdefghijklmnopqrstuvwxyz"}}', '\n'],
    // 5
    ['before a record separator', '{"id":nul', `${RS}{"id":2}`],
    ['before a record separator, a word', 'nul', `${RS}{"id":2}`],
    // 6
    ['at the end of its line', '{"id":nul,', '\n"v":1}'],
    ['at the end of its line, within a string', '{"id":nul,"v":"a', '\nb"}'],
    ['at the end of its line, behind a backslash', '{"id":nul,"v":"a\\', '\nb"}'],
    ['before a line that begins with a brace', '{\n"id":nul,\n"v":1', '\n{"id":2}', { indent: 0 }],
    ['before a line that begins with a bracket', '{\n"id":nul,\n"v":1', '\n[{"id":2}]', { indent: 0 }],
    ['before a line that closes an array', '{\n"id":nul,\n"v":1', '\n]', { indent: 0 }],
    ['before such a line behind blank ones', '{\n"id":nul,\n"v":1', '\n\n \t\n{"id":2}', { indent: 0 }],
    ['before a line no further to the right', '{\n"id":nul,\n   {"a":1', '\n  {"id":2}', { indent: 2 }],
    ['not before a line further to the right', '{\n"id":nul,\n   {"a":1}}', '\n{"id":2}', { indent: 2 }],
    ['not before a line that begins otherwise', '{\n"id":nul,\n"v":1\n}', '\n{"id":2}', { indent: 0 }],
    [
      'not before a longer line that begins otherwise',
      '{\n"id":nul,"w":"abcdefghijklmnop",\n\n   "v":1\n}',
      '\n{"id":2}',
      { indent: 0 },
    ],
    // 7
    ['at the end', '{\n"id":nul,\n "v":1\n "w":2', '', { indent: 0 }],
    ['at the end, blank lines included', '{\n"id":nul,\n "v":1\n \n\t', '', { indent: 0 }],
    ['at the end, of a line', '{"id":nul,"v":1', ''],
  ])('%s: %j%j', (_, text, rest, where = {}) => {
    for (const before of ['', '{}', `7 ${RS}`]) {
      const start = before.length;
      const tail = rest === '' ? '' : MORE;
      const whole = `${before}${text}${rest}${tail}`;
      expect(piece(whole, { ...where, start })).toBe(text);
      // What is told before all bytes are there is what will be told then.
      let early: string | undefined;
      for (let length = start + 1; length < whole.length; length++) {
        early = piece(whole, { ...where, start }, length);
        if (early !== undefined) expect([length, early]).toEqual([length, text]);
      }
      if (rest !== '') expect(early).toBe(text);
    }
  });
});
