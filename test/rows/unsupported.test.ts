import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { inflateAll, inflateStream, UnreadableObjectError } from '../../lib/rows';

const LIMIT = 1024 * 1024;
const READ = 'Objects are read in UTF-8, plain or compressed once with gzip or zstd, or as Parquet';

/** Twenty lines such as `{"id":0,"v":"hello hello"}`, as the tools write them: bzip2, xz, lz4, zip, the snappy library. */
const COMPRESSED: readonly [tool: string, name: string, base64: string][] = [
  [
    'bzip2',
    'bzip2',
    'QlpoOTFBWSZTWXY44XMAAP9ZgAAQUAR/8AZkgQogAHUM1UD9UADRoCpSExNMAmaVI7I8I5I5IqR9I+EdfqUz012347pJJJJtihtAAAAAFEk1VJqqSasI7IoR4IqEWEVIoR6LuSKcKEg7HHC5gA==',
  ],
  [
    'xz',
    'xz',
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AIlAExdAD2IiSaBk1Ou19HUFnszTa52LbVCW/XQoWb4u7pcSNphqyaQrGf9mUqZio64wPZ5NgDXXFHH0hcJFKbwY2SK4TGZV8sJ++DtAdiH1QAAuQIn/NqZc5kAAWimBAAAAIuk91exxGf7AgAAAAAEWVo=',
  ],
  [
    'LZMA',
    'LZMA',
    'XQAAgAD//////////wA9iIkmgZNTrtfR1BZ7M02udi21Qlv10KFm+Lu6XEjaYasmkKxn/ZlKmYqOuMD2eTYA11xRx9IXCRSm8GNkiuExmVfLCfvg7QHh+n+M//uSIAA=',
  ],
  [
    'lz4',
    'lz4',
    'BCJNGGRAp4AAAADxBHsiaWQiOjAsInYiOiJoZWxsbyAGADIifQobAB8xGwAHHzIbAAcfMxsABx80GwAHHzUbAAcfNhsABx83GwAHHzgbAAcfORsABx8xDwEJDxABCB8xEQEIHzESAQgfMRMBCB8xFAEIHzEVAQgfMRYBCB8xFwEIHDEYAVBsbyJ9CgAAAACuu6yw',
  ],
  [
    'lz4 legacy',
    'lz4',
    'AiFMGIAAAADxBHsiaWQiOjAsInYiOiJoZWxsbyAGADIifQobAB8xGwAHHzIbAAcfMxsABx80GwAHHzUbAAcfNhsABx83GwAHHzgbAAcfORsABx8xDwEJDxABCB8xEQEIHzESAQgfMRMBCB8xFAEIHzEVAQgfMRYBCB8xFwEIHDEYAVBsbyJ9Cg==',
  ],
  [
    'snappy raw',
    'snappy',
    'pgRIeyJpZCI6MCwidiI6ImhlbGxvIAUGDCJ9CnsFGwAxZhsAADJmGwAAM2YbAAA0ZhsAADVmGwAANmYbAAA3ZhsAADhmGwAAOWYbAAAxbg8BahABADFqEQEAMWoSAQAxahMBADFqFAEAMWoVAQAxahYBADFqFwEAMVIYAQ==',
  ],
  [
    'snappy framed',
    'snappy',
    '/wYAAHNOYVBwWQCAAABwtJYwpgRIeyJpZCI6MCwidiI6ImhlbGxvIAUGDCJ9CnsFGwAxZhsAADJmGwAAM2YbAAA0ZhsAADVmGwAANmYbAAA3ZhsAADhmGwAAOWYbAAAxbg8BahABADFqEQEAMWoSAQAxahMBADFqFAEAMWoVAQAxahYBADFqFwEAMVIYAQ==',
  ],
  [
    'snappy hadoop',
    'snappy',
    'AAACJgAAAHymBEh7ImlkIjowLCJ2IjoiaGVsbG8gBQYMIn0KewUbADFmGwAAMmYbAAAzZhsAADRmGwAANWYbAAA2ZhsAADdmGwAAOGYbAAA5ZhsAADFuDwFqEAEAMWoRAQAxahIBADFqEwEAMWoUAQAxahUBADFqFgEAMWoXAQAxUhgB',
  ],
  [
    'snappy of text that hardly compresses',
    'snappy',
    'kAhkeyJpZCI6IjkxYjc1ODRhMjI2NWIxZjUifQoNGjxjZDYxM2UzMGQ4ZjE2YWRmGRo8MTAyN2M0ZDFjMzg2YmJjNB0aOGUyZmViODk0MTRjMzQzYxkaPGMyY2U2ZjQ0N2VkNGQ1N2IZGjw3OGU1MTA2MTczMTFkOGEzGRo4NjEyZTc2OTZhNmNlY2MxHTQ8MzViZjk5MmRjOWU5YzYxNhk0ODdjZTQyYzgyMTgwNzJlOB2CPGU0YjA2Y2U2MDc0MWM3YTgZNDw2M2NhODI4ZGQ1ZjRiM2IyGRo4OWI4MTBlNzY2ZWM5ZDI4HWg4YzQ2NDcxNTljMzI0Yzk4PTg4YjIyMjFhNTgwMDhhMDVhHTQ8NDQyZTNkNDM3MjA0ZTUyZBloBGNkIRokMzViOGI2ZDhmZRkaPDk3NTVkNGMxM2E5MDI5MzEZGjgxYTJiOGYxZmYxZmQ0MmEdtjw1MTQzMTE5M2U2YzNmMzM5GTQ4MDViNmU2ZTMwN2Q0YmVkPR44YTY0OGE3ZGQwNjgzOWViLjQANDI1YjQxM2Y4YTlhMDIxHZw8ZTE5ODhhZDlmMDZjMTQ0YRloOGFmYmQ2N2Y5NjE5Njk5Y108NGY4MTMwYzQyMzc3MzBlLlYCNGI5ZDE3OWUwNmMwZmQ0LooCPDg3MTJiOGJjMDc2ZjM3ODcZaDxjMzgxZTg4ZjM4YzBjOGZkGRo8ZjA2ZDNmZWY3MDE5NjZhMBkaEDhkODgzAe0UZWVkOGQxXb40NTg3ZmQyODAzYmFiNmMuOAE0YWQ0NWYyM2QzYjFhMTEutgA4YzJjZDc4OWEzODAyMDhhPTg4ZjNjNjRhZjc3NWE4OTI5HWg4ZWQyZjg5ZDk0YTJmMjBhPTg4NmE4YWM0YmEwNTgwNTk3XVY4ZWE5MGE4ZjBkNjZiODI5LoYBNGMxNDhjYjQ4ZTczY2E0PR44MTk5OTllM2ZhNDZkNjc1fVoBxTg0NTlhMmY5NzhkODcifQo=',
  ],
  ['zip', 'a zip archive', 'UEsDBBQAAAAAAAAAIQBpcDVvJgIAACYCAAAGAAAAYS5qc29ueyJpZCI6MCwidiI6ImhlbGxvIGhlbGxv'],
];

const tar = Buffer.alloc(1024);
tar.write('a.json');
tar.write('ustar\0', 257);

const OTHERS: readonly [name: string, bytes: Buffer][] = [
  ['a zip archive', Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1')],
  ['bzip2', Buffer.from('425a68391772453850900000000', 'hex')],
  ['a 7z archive', Buffer.from('377abcaf271c0004', 'hex')],
  ['a RAR archive', Buffer.from('526172211a070100', 'hex')],
  ['compress (.Z)', Buffer.from('1f9d90', 'hex')],
  ['snappy', Buffer.from('82534e415050590000000001', 'hex')],
  ['a tar archive', tar],
  ['Avro', Buffer.from('Obj\x01\x04\x14avro.codec', 'latin1')],
  ['ORC', Buffer.from('4f52430a060a0408d00f5000', 'hex')],
  ['encrypted Parquet', Buffer.from('PARE\x15\x04\x00', 'latin1')],
  ['Arrow', Buffer.from('ARROW1\0\0\xff', 'latin1')],
  ['UTF-16 text', Buffer.from('\ufeff{"id":1}\n', 'utf16le')],
  ['UTF-16 text', Buffer.from('{"id":1}\n', 'utf16le')],
  ['UTF-16 text', Buffer.from('\ufeff{"id":1}\n', 'utf16le').swap16()],
  ['UTF-32 text', Buffer.from('fffe00007b000000', 'hex')],
];

/** Why all ways of reading refuse the bytes, or `read`. */
async function refusal(bytes: Buffer): Promise<string> {
  const reasons = new Set<string>();
  const note = async (read: () => unknown): Promise<void> => {
    try {
      await read();
      reasons.add('read');
    } catch (error) {
      if (!(error instanceof UnreadableObjectError)) throw error;
      reasons.add(error.message);
    }
  };
  await note(() => inflateAll(bytes, LIMIT));
  for (const step of [1, 100, bytes.length + 1]) {
    await note(async () => {
      const chunks = Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) =>
        bytes.subarray(index * step, (index + 1) * step),
      );
      for await (const part of inflateStream(chunks, LIMIT)) expect(part.length).toBeGreaterThan(0);
    });
  }
  expect([...reasons]).toHaveLength(1);
  return [...reasons][0] as string;
}

test.each(COMPRESSED)('%s is named in the reason', async (_, name, base64) => {
  const bytes = Buffer.from(base64, 'base64');
  expect(await refusal(bytes)).toBe(`it is ${name}, which is not read. ${READ}`);
  expect(await refusal(gzipSync(bytes))).toBe(`its gzip data is ${name}, which is not read. ${READ}`);
});

test.each(OTHERS)('%s is named in the reason', async (name, bytes) => {
  expect(await refusal(bytes)).toBe(`it is ${name}, which is not read. ${READ}`);
});

test.each([
  ['gzip once more', gzipSync(gzipSync('{"id":1}\n'))],
  ['zstd once more', gzipSync(Buffer.from('KLUv/SAGMQAAd29ybGQK', 'base64'))],
  ['Parquet', gzipSync(Buffer.from('PAR1....PAR1'))],
])('what is compressed twice is named: %s', async (name, bytes) => {
  expect(await refusal(bytes)).toBe(`its gzip data is ${name}, which is not read. ${READ}`);
});

/** A head of 262 bytes or less, given as bytes and the text that follows. */
const headOf = (hex: string, text = ''): Buffer =>
  Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(text, 'latin1')]);

test.each<[name: string | undefined, bytes: Buffer]>([
  ['UTF-16 text', headOf('7b0022006900')],
  ['UTF-16 text', headOf('007b00220069')],
  ['UTF-16 text', headOf('09000a00')],
  [undefined, headOf('08000a00')],
  [undefined, headOf('7b002200', '').subarray(0, 3)],
  [undefined, headOf('7b008000')],
  [undefined, headOf('7b002201')],
  [undefined, headOf('007b0122')],
  [undefined, headOf('7b227b22')],
  ['UTF-32 text', headOf('0000feff0000007b')],
  ['LZMA', headOf('5d00008000')],
  [undefined, headOf('5d00008001')],
  ['bzip2', headOf('', 'BZh1\x17\x72\x45\x38\x50\x90')],
  ['bzip2', headOf('', 'BZh91AY&SY')],
  [undefined, headOf('', 'BZh01AY&SY')],
  ['ORC', headOf('', 'ORC\x08')],
  [undefined, headOf('', 'ORC\x09')],
  [undefined, headOf('', `ORC${' '.repeat(259)}\x01`)],
  ['ORC', headOf('', `ORC${' '.repeat(258)}\x01`)],
  ['a tar archive', headOf('', `${'x'.repeat(256)}\x01ustar`)],
  [undefined, headOf('', `${'x'.repeat(255)}\x01ustar!`)],
  ['Avro', headOf('', 'Obj\x01')],
  [undefined, headOf('', 'Obj\x02')],
])('%s, by bytes that are just so', async (name, bytes) => {
  expect(await refusal(bytes)).toBe(name === undefined ? 'read' : `it is ${name}, which is not read. ${READ}`);
});

/** Snappy without a frame: the length of what it holds, and its elements. */
test.each<[what: string, bytes: number[], isSnappy: boolean]>([
  ['a length and a text that begins it', [0xc8, 0x01, 0xf0, 0xc7, ...Array<number>(200).fill(0x61)], true],
  ['a text that is longer than all', [0x96, 0x01, 0xf0, 0xc7, ...Array<number>(200).fill(0x61)], false],
  ['a short text, and a copy of it', [0xc8, 0x01, 0x08, 0x61, 0x62, 0x63, 0xfe, 0x03, 0x00, 0xfe, 0x03, 0x00], true],
  ['a copy of what was not there', [0xc8, 0x01, 0x08, 0x61, 0x62, 0x63, 0xfe, 0x04, 0x00], false],
  ['a copy of nothing', [0xc8, 0x01, 0x08, 0x61, 0x62, 0x63, 0xfe, 0x00, 0x00], false],
  ['a copy at once', [0xc8, 0x01, 0xfe, 0x01, 0x00, 0x08], false],
  ['a copy with an offset of eleven bits', [0xc8, 0x01, 0x08, 0x61, 0x62, 0x63, 0x05, 0x03, 0x05, 0x03], true],
  ['one whose offset is beyond', [0xc8, 0x01, 0x08, 0x61, 0x62, 0x63, 0x25, 0x03, 0x05, 0x03], false],
  ['a copy with an offset of four bytes', [0xc8, 0x01, 0x08, 0x61, 0x62, 0x63, 0xff, 0x03, 0x00, 0x00, 0x00], true],
  [
    'one whose offset of four bytes is beyond',
    [0xc8, 0x01, 0x08, 0x61, 0x62, 0x63, 0xff, 0x03, 0x00, 0x00, 0x01],
    false,
  ],
  ['a length of five bytes', [0x80, 0x80, 0x80, 0x80, 0x01, 0x08, 0x61, 0x62, 0x63], true],
  ['a length that no object has', [0x80, 0x80, 0x80, 0x80, 0x10, 0x08, 0x61, 0x62, 0x63], false],
  ['a length of six bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x08, 0x61], false],
  ['a length of nothing', [0x80, 0x80, 0x00, 0x08, 0x61, 0x62], false],
  // Hadoop: the length of a block, that of what it was compressed to, and that.
  ['a block of Hadoop', [0, 0, 0, 5, 0, 0, 0, 7, 0x05, 0x10, 0x61, 0x62, 0x63, 0x64, 0x65], true],
  [
    'one whose content is longer than its block',
    [0, 0, 0, 4, 0, 0, 0, 7, 0x05, 0x10, 0x61, 0x62, 0x63, 0x64, 0x65],
    false,
  ],
  [
    'one whose content is as long as several blocks',
    [0, 0, 1, 0, 0, 0, 0, 7, 0x05, 0x10, 0x61, 0x62, 0x63, 0x64, 0x65],
    true,
  ],
  ['one of nothing', [0, 0, 0, 5, 0, 0, 0, 7, 0x00, 0x10, 0x61, 0x62, 0x63, 0x64, 0x65], false],
  ['one whose elements do not fit', [0, 0, 0, 5, 0, 0, 0, 7, 0x05, 0xfe, 0x09, 0x00, 0x63, 0x64, 0x65], false],
  ['one without content', [0, 0, 0, 5, 0, 0, 0, 0, 0x05, 0x10, 0x61, 0x62, 0x63, 0x64, 0x65], false],
  ['one whose lengths are no block’s', [0, 0, 0, 5, 1, 0, 0, 7, 0x05, 0x10, 0x61, 0x62, 0x63, 0x64, 0x65], false],
  ['one that is cut short', [0, 0, 0, 5, 0, 0, 0, 7, 0x05, 0x10, 0x61, 0x62], false],
  ['a length alone', [0xc8, 0x01], false],
  ['a length that does not end', [0xc8], false],
])('%s', async (_, bytes, isSnappy) => {
  expect(await refusal(Buffer.from(bytes))).toBe(isSnappy ? `it is snappy, which is not read. ${READ}` : 'read');
});

test.each([
  ['PARENT_ID,ORC\n1,2\n'],
  ['ORC\n1\n'],
  ['BZh9,x\n'],
  ['PK,ustar\n'],
  [`${'x'.repeat(257)}ustar\n`],
  ['Obj,Rar!\n'],
  ['\ufeff{"id":1}\n'],
  ['É,ÀÉ\n1,2\n'],
  // A log that was truncated while its writer held it open begins with zeros.
  [`${'\0'.repeat(20)}{"id":1}\n`],
  [`\0{"id":1}\n`],
  [''],
])('text that begins as they do is read: %j', async (text) => {
  expect(await refusal(Buffer.from(text))).toBe('read');
});

test('no text is taken for another format', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 600 });
  await fc.assert(
    fc.asyncProperty(text, async (drawn) => {
      expect(await refusal(Buffer.from(`${drawn}\n`))).toBe('read');
    }),
    { seed: 20_260_615, numRuns: 500 },
  );
});
