/** What looks at four bytes at a time answers as if each byte was looked at alone. */
import {
  copyText,
  copyUpTo,
  copyWords,
  firstMarked,
  fourOf,
  hasBlank,
  hasByte,
  marked,
  markedOr,
  STANDS,
  viewOf,
} from '../../lib/rows/words';

const BYTES = Array.from({ length: 256 }, (_, byte) => byte);
/** What stands beside the byte that is looked at: letters, and bytes that differ from others by one bit. */
const OTHERS = ['abcd', '\xff\x80\xa2\xdc', '!#]['].map((text) => Buffer.from(text, 'latin1'));

const isSpecial = (byte: number): boolean => byte < 0x20 || byte === 0x22 || byte === 0x5c;

/** The words that have a byte at each of the four places, with that place. */
function* wordsWith(byte: number): Generator<readonly [number, number]> {
  for (const other of OTHERS) {
    for (let place = 0; place < 4; place++) {
      const word = Buffer.from(other);
      word[place] = byte;
      yield [word.readInt32LE(0), place];
    }
  }
}

test.each<[what: string, marks: (word: number) => number, isMarked: (byte: number) => boolean]>([
  ['what does not stand for itself in JSON', marked, isSpecial],
  ['that, and a comma', (word) => markedOr(word, fourOf(0x2c)), (byte) => isSpecial(byte) || byte === 0x2c],
  ['that, and a tab', (word) => markedOr(word, fourOf(0x09)), isSpecial],
  [
    'that, and a byte with all bits',
    (word) => markedOr(word, fourOf(0xff)),
    (byte) => isSpecial(byte) || byte === 0xff,
  ],
])('%s is marked, wherever it stands', (_, marks, isMarked) => {
  const differing: unknown[] = [];
  for (const byte of BYTES) {
    for (const [word, place] of wordsWith(byte)) {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(word);
      const expected = bytes.findIndex(isMarked);
      const found = marks(word);
      const at = found === 0 ? -1 : firstMarked(found);
      if (at !== expected) differing.push([byte, place, at, expected]);
    }
  }
  expect(differing).toEqual([]);
});

test('a byte is found in a word, and a blank or control character', () => {
  const differing: unknown[] = [];
  for (const byte of BYTES) {
    for (const [word, place] of wordsWith(byte)) {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(word);
      for (const wanted of [0, 0x20, 0x41, 0x7f, 0x80, 0xff]) {
        if (hasByte(word, wanted) !== bytes.includes(wanted)) differing.push([byte, place, wanted]);
      }
      if (hasBlank(word) !== bytes.some((one) => one <= 0x20)) differing.push([byte, place, 'blank']);
    }
  }
  expect(differing).toEqual([]);
  expect([...STANDS]).toEqual(BYTES.map((byte) => (isSpecial(byte) ? 0 : 1)));
});

/** A text amid other bytes, whose view begins elsewhere than its memory does. */
function amid(text: string) {
  const bytes = Buffer.from(`##${text}##`, 'latin1').subarray(1);
  return { view: viewOf(bytes), from: 1, to: 1 + text.length };
}

test('bytes are copied whatever their number, and no others', () => {
  for (let length = 0; length < 14; length++) {
    const text = 'abcdefghijklmnop'.slice(0, length);
    const { view, from, to } = amid(text);
    for (const copy of [copyWords, copyText]) {
      const target = Buffer.alloc(20, '.');
      expect(copy(view, from, to, viewOf(target), 3)).toBe(3 + length);
      expect(target.toString('latin1')).toBe(`...${text}`.padEnd(20, '.'));
    }
  }
});

test('a text is copied up to what cannot stand in JSON as it is', () => {
  for (let length = 1; length < 10; length++) {
    for (let at = 0; at < length; at++) {
      for (const [odd, isTaken] of [
        ['"', false],
        ['\\', false],
        ['\x1f', false],
        ['\x7f', true],
        ['\xe9', true],
      ] as const) {
        const text = `${'a'.repeat(at)}${odd}${'a'.repeat(length - at - 1)}`;
        const { view, from, to } = amid(text);
        const target = Buffer.alloc(20);
        expect(copyText(view, from, to, viewOf(target), 0)).toBe(isTaken ? length : -1);
      }
    }
  }
});

test('a field is copied up to what ends it, if that comes before a limit', () => {
  for (let length = 0; length < 20; length++) {
    for (const end of [',', '"', '\n', '\\']) {
      const bytes = Buffer.from(`#${'a'.repeat(length)}${end}${'b'.repeat(16)}`);
      const target = Buffer.alloc(60, '.');
      const copy = (limit: number) => copyUpTo(viewOf(bytes), 1, limit, viewOf(target), 2, fourOf(0x2c));
      expect(copy(40)).toBe(1 + length);
      expect(target.toString('latin1', 0, 2 + length)).toBe(`..${'a'.repeat(length)}`);
      expect(target.toString('latin1', 2 + length + 8)).toBe('.'.repeat(50 - length));
      // Eight bytes at a time, of which four have to come before the limit.
      const needed = 1 + 8 * Math.floor(length / 8) + 4;
      expect([copy(needed - 1), copy(needed)]).toEqual([-1, 1 + length]);
    }
  }
});
