import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { anyText } from '../../../test/support/text';
import { type ChecksumAlgorithm, createDigest } from '../src/checksums';
import { ChunkedDecoder } from '../src/chunked';
import { KeyIndex, seek, seekPast } from '../src/key-index';
import { checkKey, compareKeys, escapeKey, isPlainPath, sortKeys, unescapeKey } from '../src/keys';
import { openReal, READ } from '../src/no-links';
import { Placement } from '../src/placement';
import { parseRange } from '../src/range';
import { escapeXml, parseXml } from '../src/xml';

const anyKey = fc
  .oneof(
    anyText({ minLength: 1, maxLength: 40 }),
    fc
      .array(fc.constantFrom('a', 'B', '.', '..', '', ' ', '%', '+', 'é', '😀'), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join('/')),
    fc.string({ minLength: 200, maxLength: 600 }),
  )
  .filter((key) => key !== '');
const bytewise = (a: string, b: string): number => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));

test('an error of opening a file names the file', () => {
  const missing = join(realpathSync(tmpdir()), 'no-such-file');
  expect(() => openReal(missing, READ)).toThrow(`'${missing}'`);
});

describe('keys', () => {
  test('compare as their UTF-8 bytes do', () => {
    fc.assert(fc.property(anyKey, anyKey, (a, b) => Math.sign(compareKeys(a, b)) === bytewise(a, b)));
  });

  test('are sorted as their UTF-8 bytes are', () => {
    fc.assert(
      fc.property(fc.array(anyKey), (keys) => {
        expect(sortKeys([...keys])).toEqual([...keys].sort(bytewise));
      }),
    );
  });

  test('escape to relative paths of lower-case names, each to its own', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (key, other) => {
        const path = escapeKey(key);
        expect(unescapeKey(path)).toBe(key);
        for (const segment of path.split('/')) expect(segment).toMatch(/^[a-z0-9_%-]{1,200}\+?$/);
        // No file's path is another one's folder.
        expect(key === other || !`${escapeKey(other)}/`.startsWith(`${path}/`)).toBe(true);
      }),
    );
  });

  test.each([
    ['a/b.c', true],
    ['a/.hidden', true],
    ['...', true],
    [`a/${'x'.repeat(255)}`, true],
    [`a/${'x'.repeat(256)}`, false],
    [`a/${'ü'.repeat(128)}`, false],
    ['a/', false],
    ['/a', false],
    ['a//b', false],
    ['.', false],
    ['a/..', false],
    ['../a', false],
    ['a/./b', false],
    ['nul\0', false],
  ])('%j can be a plain path: %p', (key, plain) => {
    expect(isPlainPath(key)).toBe(plain);
  });

  test('may climb, but not above their bucket', () => {
    for (const key of ['a/..', 'a/../b', 'a/b/../../c']) expect(() => checkKey(key)).not.toThrow();
    for (const key of ['..', '../a', 'a/../../b']) expect(() => checkKey(key)).toThrow('parse the specified URI');
  });
});

describe('the key index', () => {
  test('agrees with a sorted set', () => {
    const change = fc.record({
      key: fc.constantFrom(...'abcdefgh'.split(''), '～', '😀'),
      add: fc.boolean(),
      look: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const index = new KeyIndex();
        const model = new Set<string>();
        for (const { key, add, look } of changes) {
          if (add && !model.has(key)) index.add(key);
          if (!add && model.has(key)) index.remove(key);
          if (add) model.add(key);
          else model.delete(key);
          if (look) expect(index.sorted()).toEqual([...model].sort(bytewise));
        }
        expect(index.sorted()).toEqual([...model].sort(bytewise));
      }),
    );
  });

  test('finds places in it', () => {
    const sorted = ['a', 'b/1', 'b/2', 'c'];
    expect([seek(sorted, 'b/1'), seek(sorted, 'b/1', true), seek(sorted, 'b'), seek(sorted, 'z')]).toEqual([
      1, 2, 1, 4,
    ]);
    expect(seekPast(sorted, 'b/', 1)).toBe(3);
  });
});

describe('placement', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'A', '..'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/'));
  const steps = fc.array(fc.record({ key: path, occupy: fc.boolean() }), { maxLength: 30 });

  test.each([false, true])(
    'never puts two keys at one path or a file where a folder is (case ignored: %p)',
    (ignoresCase) => {
      fc.assert(
        fc.property(steps, (all) => {
          const placement = new Placement(ignoresCase);
          const places = new Map<string, string>();
          for (const { key, occupy } of all) {
            if (occupy) {
              const { path: place, odd } = placement.occupy(key);
              expect(places.get(key) ?? `${odd} ${place}`).toBe(`${odd} ${place}`);
              places.set(key, `${odd} ${place}`);
              expect(placement.locate(key)).toEqual({ path: place, odd });
            } else if (places.delete(key)) placement.vacate(key);
            const taken = [...places.values()].map((place) => (ignoresCase ? place.toLowerCase() : place));
            for (const [i, one] of taken.entries()) {
              for (const other of taken.slice(i + 1)) {
                expect(`${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`)).toBe(false);
              }
            }
          }
        }),
      );
    },
  );

  test('gives folders back with the last file in them', () => {
    const placement = new Placement(false);
    for (const key of ['a/b/c', 'a/b/d', 'a/e']) placement.occupy(key);
    expect(placement.vacate('a/b/c')).toEqual([]);
    expect(placement.vacate('a/b/d')).toEqual(['a/b']);
    expect(placement.vacate('a/e')).toEqual(['a']);
    expect(placement.occupy('a')).toEqual({ path: 'a', odd: false });
  });
});

describe('checksums of "123456789"', () => {
  test.each<[ChecksumAlgorithm, string]>([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
    ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ])('%s, in one piece and in two', (algorithm, hex) => {
    const whole = createDigest(algorithm);
    whole.update(Buffer.from('123456789'));
    const parts = createDigest(algorithm);
    for (const part of ['1234', '', '56789']) parts.update(Buffer.from(part));
    expect([whole.digest().toString('hex'), parts.digest().toString('hex')]).toEqual([hex, hex]);
  });
});

describe('aws-chunked bodies', () => {
  const decode = (body: Buffer, cuts: readonly number[]): { data: string; trailers: Record<string, string> } => {
    const pieces: Buffer[] = [];
    const decoder = new ChunkedDecoder((data) => pieces.push(Buffer.from(data)));
    let at = 0;
    for (const cut of [...cuts].sort((a, b) => a - b)) {
      decoder.write(body.subarray(at, cut));
      at = cut;
    }
    decoder.write(body.subarray(at));
    decoder.end();
    return { data: Buffer.concat(pieces).toString('latin1'), trailers: Object.fromEntries(decoder.trailers) };
  };

  test('decode alike wherever the packets are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 })),
        fc.array(fc.nat(400)),
        fc.boolean(),
        (chunks, cuts, trailer) => {
          const frames = [...chunks, ''].map(
            (chunk) => `${chunk.length.toString(16)}\r\n${chunk}${chunk === '' ? '' : '\r\n'}`,
          );
          const body = Buffer.from(
            `${frames.join('')}${trailer ? 'x-amz-checksum-crc32:AAAAAA==\r\n' : ''}\r\n`,
            'latin1',
          );
          const inside = cuts.map((cut) => Math.min(cut, body.length));
          expect(decode(body, inside)).toEqual({
            data: chunks.join(''),
            trailers: trailer ? { 'x-amz-checksum-crc32': 'AAAAAA==' } : {},
          });
        },
      ),
    );
  });

  test.each([
    ['cut short', '5\r\nhell'],
    ['without an end', '5\r\nhello\r\n'],
    ['without its last line', '5\r\nhello\r\n0\r\n'],
    ['with a size that is none', 'xyz\r\nhello\r\n0\r\n\r\n'],
    ['with a chunk longer than its size', '2\r\nhello\r\n0\r\n\r\n'],
    ['that goes on after its end', '0\r\n\r\nmore'],
    ['with a line without end', 'a'.repeat(10_000)],
    ['with a trailer that is none', '0\r\nnonsense\r\n\r\n'],
  ])('a body %s is refused', (_, body) => {
    expect(() => decode(Buffer.from(body), [])).toThrow();
  });
});

describe('XML', () => {
  test('what is escaped is read back', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(parseXml(`<?xml version="1.0"?>\n<a><b>${escapeXml(text)}</b></a>`).children[0]?.text).toBe(text);
      }),
    );
  });

  test('is read with attributes, empty elements and space between', () => {
    const document = parseXml(
      '<Delete xmlns="http://s3">\n  <Quiet/> <Object a=\'1\'><Key>&#x41;&#66;&lt;</Key></Object>\n</Delete>\n',
    );
    expect(document).toEqual({
      name: 'Delete',
      text: '',
      children: [
        { name: 'Quiet', text: '', children: [] },
        { name: 'Object', text: '', children: [{ name: 'Key', text: 'AB<', children: [] }] },
      ],
    });
  });

  test.each([
    [''],
    ['text'],
    ['<a>'],
    ['<a></b>'],
    ['<a/><b/>'],
    ['<a>text<b/></a>'],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['<a><!-- comment --></a>'],
    ['<a><![CDATA[x]]></a>'],
    ['<a>&unknown;</a>'],
    ['<a>&#xD800;</a>'],
    ['<a>&#1114112;</a>'],
    ['<a b=c/>'],
    ['<a'],
    ['<a/><?xml version="1.0"?>'],
    ['<a>'.repeat(20) + '</a>'.repeat(20)],
  ])('%s is malformed', (source) => {
    expect(() => parseXml(source)).toThrow('not well-formed');
  });
});

describe('ranges of ten bytes', () => {
  test.each([
    ['bytes=0-0', { start: 0, length: 1 }],
    ['bytes=9-', { start: 9, length: 1 }],
    ['bytes=-1', { start: 9, length: 1 }],
    ['bytes=2-1', undefined],
    ['bytes=0-1,3-4', undefined],
    ['bytes=-', undefined],
    ['items=0-1', undefined],
    [undefined, undefined],
  ])('%s', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });

  test.each(['bytes=10-', 'bytes=10-11', 'bytes=-0'])('%s cannot be satisfied', (header) => {
    expect(() => parseRange(header, 10)).toThrow('not satisfiable');
  });
});
