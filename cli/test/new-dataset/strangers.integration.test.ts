/** What strangers name: patterns, files of other formats, and more than can be read. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cutSamples } from '../../new-dataset/cut-samples';
import { findFiles } from '../../new-dataset/samples';
import { folderWith } from '../support/folder';
import { lake, proposeFor, provenFor, typesOf } from './support';

jest.setTimeout(120_000);

const ROW = '{"id":1,"at":"2026-06-15T10:00:00Z"}\n';

test.each<[string, Buffer, RegExp]>([
  ['a.xlsx', Buffer.from('504b0304aaaa', 'hex'), /save the sheet as CSV in UTF-8/],
  ['a.zip', Buffer.from('504b0304aaaa', 'hex'), /zip archive.*To take it in, unpack it/],
  ['a.avro', Buffer.from('Obj\u0001avro.schema'), /Avro.*convert it to Parquet/],
  ['a.orc', Buffer.from('ORC\u0004\u0016aaaa'), /ORC.*convert it to Parquet/],
  ['a.csv', Buffer.from('\ufeffid,at\n1,2026-06-15\n', 'utf16le'), /UTF-16.*iconv -f UTF-16 -t UTF-8/],
  ['a.txt', Buffer.from('id;at;größe\n1;2026-06-15;Müller\n', 'latin1'), /not text in UTF-8.*iconv -f WINDOWS-1252/],
  ['a.json.bz2', Buffer.from('BZh91AY&SY'), /bzip2.*decompress it, or compress it with gzip or zstd/],
  ['a.txt', Buffer.from('<!DOCTYPE html>\n<html><body>Sign in</body></html>\n'), /HTML: a page/],
  [
    'a.txt',
    Buffer.from('<?xml version="1.0"?>\n<a><b>1</b></a>\n'),
    /XML, which is not read: let the source write JSON or CSV/,
  ],
])('%s is refused, with what to do', async (name, bytes, message) => {
  const ran = await lake('new-dataset', folderWith({ [name]: bytes }), '--out', join(folderWith(), 'x.ts'));
  expect(ran).toMatchObject({ code: 2, errors: expect.stringMatching(message) });
});

test('patterns that no shell has replaced name files', async () => {
  const folder = folderWith({ 'x/a.json': ROW, 'x/y/b.json': ROW, 'x/y/c.csv': 'id\n1\n', 'x/[d].json': ROW });
  const found = async (pattern: string): Promise<readonly string[]> =>
    (await findFiles([join(folder, pattern)], folderWith())).files
      .map(({ path }) => path.slice(folder.length + 1))
      .sort();
  expect(await found('x/*.json')).toEqual(['x/[d].json', 'x/a.json']);
  expect(await found('**/*.json')).toEqual(['x/[d].json', 'x/a.json', 'x/y/b.json']);
  expect(await found('x/y/?.[!j]*')).toEqual(['x/y/c.csv']);
  expect(await found('x/[d].json')).toEqual(['x/[d].json']);
  await expect(found('x/*.xml')).rejects.toThrow(/no file is called so/);
});

test('of more than is read it takes the first lines, whole ones, and says so', async () => {
  const rows = Array.from({ length: 60_000 }, (_, id) => `{"id":${id},"at":"2026-06-15T10:00:00Z"}\n`).join('');
  const folder = folderWith({ 'a.json.gz': gzipSync(rows), 'b.json': rows, 'c.json': ROW });
  const proposed = await proposeFor(folder, '--max-mib', '1', '--max-objects', '3');
  expect(proposed.output).toMatch(/Sample +1 file of 3, 1 of them cut to 1 MB: --max-mib/);
  expect(proposed.text.replace(/\n\/\/ /g, ' ')).toContain('Read: 1 file of 3');
  const [accepted, all] = proposed.share;
  expect([accepted, accepted > 20_000, accepted < 60_000]).toEqual([all, true, true]);
});

test('a line that is longer than what is read, and Parquet that is, are left out with the reason', async () => {
  const [mebibyte, scratch] = [1024 * 1024, folderWith()];
  const found = await findFiles(
    [folderWith({ 'a.json': 'x'.repeat(3 * mebibyte), 'b.json': `PAR1${'x'.repeat(3 * mebibyte)}` })],
    scratch,
  );
  const cut = await cutSamples(found, { maxObjects: 9, maxBytes: 2 * mebibyte }, scratch);
  expect(cut.leftOut).toEqual([
    { file: 'a.json', reason: expect.stringMatching(/^one line of more than .*: name a smaller file/) },
    { file: 'b.json', reason: expect.stringMatching(/Parquet, more than is read: name a smaller file/) },
  ]);
});

test('files as they come from Windows and from spreadsheets: marks, line ends, zip codes, long ids, files of other columns', async () => {
  const proposed = await provenFor({
    'a.csv':
      '\ufeffID,At,Zip Code,größe,select\r\n9007199254740993,2026-06-15 10:00:00,01234,1,0\r\n2,2026-06-15 11:00:00,99999,2.5,1\r\n',
    'b.csv': 'At,ID,extra\r\n2026-06-15 12:00:00,3,x\r\n',
  });
  expect(proposed.share).toEqual([3, 3]);
  expect(typesOf(proposed)).toEqual({
    ...{ id: 'bigint', at: 'timestamp', zip_code: 'string', grosse: 'double', event_select: 'int', extra: 'string' },
  });
});
