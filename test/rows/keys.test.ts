/** Names are found by their bytes: declared ones, their spellings, and those that are remembered. */
import { KeyEntry } from '../../lib/rows/compiled';
import { decodeString, holdsBackslash, KeyTable, matchKey } from '../../lib/rows/keys';
import { CompiledType } from '../../lib/rows/types';

const TYPE = new CompiledType({ kind: 'string' }, { left: 0 });
const entryOf = (name: string, type: CompiledType | undefined = TYPE, notNull = false): KeyEntry =>
  new KeyEntry(Buffer.from(name), type, notNull);

function tableOf(names: readonly string[], { left = 0, snake = false } = {}) {
  const declared = names.map((name) => entryOf(name));
  const budget = { left };
  const spelled = new Map(snake ? declared.map((entry) => [entry.name, entry]) : []);
  const table = new KeyTable({ declared, requiredSlots: [], joined: [], snake: spelled }, budget);
  const find = (key: string, previous = entryOf('')): KeyEntry | undefined => {
    const buf = Buffer.from(`x${key}:`);
    return table.lookup(buf, 1, buf.length - 1, previous);
  };
  return { table, declared, budget, find };
}

test('any number of declared names are found, and nothing else is', () => {
  for (const count of [0, 1, 7, 8, 9, 16, 17, 200]) {
    const names = Array.from({ length: count }, (_, index) => `c${index}`);
    const { declared, table, find } = tableOf(names);
    expect(table.entries).toEqual(declared);
    for (const entry of declared) expect(find(`"${entry.name}"`)).toBe(entry);
    for (const other of [`c${count}`, 'c', '', 'C0', 'c00', '0c']) expect(find(`"${other}"`)).toBeUndefined();
  }
});

test('names of the same length or beginning are told apart', () => {
  const { declared, find } = tableOf(['ab', 'abc', 'abd', 'b', 'é']);
  expect(['ab', 'abc', 'abd', 'b', 'é'].map((name) => find(`"${name}"`))).toEqual(declared);
});

test('a name is the same however its characters are escaped', () => {
  const { declared, find } = tableOf(['ab', 'a"b', 'é']);
  expect(['\\u0061b', 'a\\u0062', 'a\\"b', '\\u00e9'].map((name) => find(`"${name}"`))).toEqual([
    declared[0],
    declared[0],
    declared[1],
    declared[2],
  ]);
});

describe('the order of names', () => {
  test('is that of the declaration at first, without those that only stand escaped', () => {
    const { table } = tableOf(['a', 'b"', 'c\\', 'd\u001f', 'e']);
    const chain: (string | undefined)[] = [];
    for (let entry = table.start.next; entry !== undefined; entry = entry.next) chain.push(entry.name);
    expect(chain).toEqual(['a', 'e']);
  });

  test('is learned from what follows, but for a name that is escaped', () => {
    const { declared, find } = tableOf(['a', 'b'], { left: 1 });
    const previous = entryOf('p');
    find('"b"', previous);
    expect(previous.next).toBe(declared[1]);
    find('"\\u0061"', previous);
    expect(previous.next).toBe(declared[1]);
    const other = find('"x"', previous);
    expect(previous.next).toBe(other);
    find('"y"', previous);
    expect(previous.next).toBe(other);
  });

  test('is learned of undeclared and misspelled names too, as they stand', () => {
    const { find } = tableOf(['a_b'], { left: 1, snake: true });
    const previous = entryOf('p');
    find('"\\u0078"', previous);
    expect(previous.next).toBeUndefined();
    find('"a\\u002dB"', previous);
    expect(previous.next).toBeUndefined();
    const found = find('"aB"', previous);
    expect(previous.next).toBe(found);
  });
});

describe('undeclared names', () => {
  test('are remembered as long as there is room', () => {
    const { table, budget, find } = tableOf(['a'], { left: 2 });
    const [x, y] = [find('"x"'), find('"y"')];
    expect([x?.name, x?.type, x?.notNull, y?.name, budget.left]).toEqual(['x', undefined, false, 'y', 0]);
    expect([find('"x"'), find('"y"'), find('"\\u0078"')]).toEqual([x, y, x]);
    expect([find('"z"'), budget.left, table.entries.map(({ name }) => name)]).toEqual([undefined, 0, ['a', 'x', 'y']]);
  });

  test('are found as many as they are', () => {
    const { find } = tableOf(['a'], { left: 100 });
    const names = Array.from({ length: 100 }, (_, index) => `"x${index}"`);
    const entries = names.map((name) => find(name));
    expect(names.map((name) => find(name))).toEqual(entries);
    expect(new Set(entries).size).toBe(100);
  });

  test('of more than 256 bytes are not', () => {
    const { budget, find } = tableOf([], { left: 9 });
    expect([find(`"${'x'.repeat(257)}"`), find(`"${'é'.repeat(128)}x"`), budget.left]).toEqual([
      undefined,
      undefined,
      9,
    ]);
    expect([find(`"${'x'.repeat(256)}"`)?.bytes.length, budget.left]).toEqual([256, 8]);
  });

  test('know the declared ones that they look like', () => {
    const { declared, find } = tableOf(['vendor_id', 'vendorid', 'x'], { left: 9 });
    expect([find('"VendorID"')?.alike, find('"\\u0058"')?.alike, find('"y"')?.alike]).toEqual([
      declared.slice(0, 2),
      declared.slice(2),
      undefined,
    ]);
  });
});

describe('spellings in snake case', () => {
  test('stand for the declared name, whose key they get', () => {
    const { declared, budget, find } = tableOf(['vendor_id', 'x'], { left: 9, snake: true });
    for (const name of ['"vendorId"', '"VendorID"', '"vendor-id"', '"vendor\\u002eid"']) {
      const found = find(name);
      expect(found?.route).toEqual({ kind: 'spelling', of: declared[0], key: Buffer.from('"vendor_id"') });
      expect(find(name)).toBe(found);
    }
    expect([find('"vendor_id"'), find('"vendorid"')?.route, budget.left]).toEqual([declared[0], undefined, 8]);
  });

  test('are remembered up to 2,000, and known beyond', () => {
    const words = Array.from({ length: 13 }, (_, index) => `w${index}`);
    const { table, find } = tableOf([words.join('_')], { snake: true });
    const spellings = Array.from({ length: 2500 }, (_, number) =>
      words.reduce((text, word, index) => `${text}${(number >> (index - 1)) & 1 ? '-' : '.'}${word}`),
    );
    for (const one of spellings) expect(find(`"${one}"`)?.route?.kind).toBe('spelling');
    expect(table.entries).toHaveLength(2001);
  });
});

describe('what looks like a declared name that an object lacks', () => {
  const lookAlike = (table: KeyTable, object: number) => {
    const found = table.lookAlike(object);
    return found && [found.declared.name, found.undeclared.map(({ name }) => name)];
  };

  test('is told with it, three of them at the most, each once', () => {
    const { table, find } = tableOf(['v_x', 'w'], { left: 9 });
    for (const name of ['V_x', 'V_X', 'V_x', 'VX', 'v-x']) table.suspect(5, find(`"${name}"`) as KeyEntry);
    expect(lookAlike(table, 5)).toEqual(['v_x', ['V_x', 'V_X', 'VX']]);
    expect(lookAlike(table, 6)).toBeUndefined();
  });

  test('is forgotten with its object', () => {
    const { table, find } = tableOf(['v', 'w'], { left: 9 });
    table.suspect(5, find('"V"') as KeyEntry);
    table.suspect(6, find('"W"') as KeyEntry);
    expect(lookAlike(table, 5)).toBeUndefined();
    expect(lookAlike(table, 6)).toEqual(['w', ['W']]);
  });

  test('is nothing where the declared one is there, or it looks like none', () => {
    const { table, declared, find } = tableOf(['v', 'w'], { left: 9 });
    table.suspect(5, find('"V"') as KeyEntry);
    table.suspect(5, find('"W"') as KeyEntry);
    table.suspect(5, find('"other"') as KeyEntry);
    const [v, w] = declared as [KeyEntry, KeyEntry];
    v.seenIn = 5;
    expect(lookAlike(table, 5)).toEqual(['w', ['W']]);
    w.seenIn = 5;
    expect(lookAlike(table, 5)).toBeUndefined();
  });

  test('may be a name that is not remembered', () => {
    const { table, budget } = tableOf(['v"w'], { left: 9 });
    const stray = (key: string): boolean => {
      const buf = Buffer.from(`x${key}:`);
      return table.suspectStray(5, buf, 1, buf.length - 1);
    };
    expect([stray('"v"'), lookAlike(table, 5)]).toEqual([false, undefined]);
    expect([stray('"V\\"W"'), stray('"V_\\u0022w"'), stray('"\\u0056"')]).toEqual([true, true, false]);
    expect([lookAlike(table, 5), budget.left]).toEqual([['v"w', ['V"W', 'V_"w']], 9]);
  });
});

test.each([
  ['"ab":', 'ab', 4],
  ['"ab"', 'ab', 4],
  ['"abc"', 'ab', -1],
  ['"a"', 'ab', -1],
  ['"xb"', 'ab', -1],
  ['""', '', 2],
  ['"é"', 'é', 4],
])('the key %s is %j up to %d', (key, name, end) => {
  expect(matchKey(Buffer.from(key), 0, entryOf(name))).toBe(end);
  expect(matchKey(Buffer.from(`{${key}`), 1, entryOf(name))).toBe(end < 0 ? end : end + 1);
});

test('backslashes are looked for from here to there', () => {
  const buf = Buffer.from('a\\b\\c');
  expect([
    holdsBackslash(buf, 0, 1),
    holdsBackslash(buf, 0, 2),
    holdsBackslash(buf, 2, 3),
    holdsBackslash(buf, 4, 5),
  ]).toEqual([false, true, false, false]);
});

test('a string stands for its characters', () => {
  expect(decodeString(Buffer.from('x"\\u00e9\\n漢"y'), 1, 14).toString()).toBe('é\n漢');
});
