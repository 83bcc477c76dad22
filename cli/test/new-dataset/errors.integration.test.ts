import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { folderWith } from '../support/folder';
import { lake, proposeFor, shareOf } from './support';

jest.setTimeout(120_000);

const ROW = '{"id":1,"at":"2026-06-15T10:00:00Z"}\n';
const garbage = Buffer.from(Array.from({ length: 999 }, (_, n) => (n * 7919) % 256));

test.each<[string, Readonly<Record<string, string | Buffer>>, RegExp, number]>([
  ['no file', {}, /^ {2}FILES: there is no file\n {4}fix: /m, 2],
  [
    'no data by their names',
    { 'a.md': 'x', '.b': 'x' },
    / {2}FILES: no file can be read:\n {6}\.b: hidden.*\n {6}a\.md: .*a document/,
    2,
  ],
  ['empty files', { 'a.json': '', 'b.csv': ' \n\n', 'c.json.gz': gzipSync('') }, /a\.json: empty/, 2],
  ['binary garbage', { 'a.json': garbage }, /a\.json: not text/, 2],
  ['compressed garbage', { 'a.gz': gzipSync(garbage) }, /a\.gz: not text/, 2],
  ['a gzip file that is cut off', { 'a.json.gz': gzipSync(ROW.repeat(99)).subarray(0, 40) }, /truncated or corrupt/, 2],
  ['an archive', { 'a.dat': Buffer.from('504b0304aaaa', 'hex') }, /a zip archive/, 2],
  ['Parquet without a footer', { 'a.parquet': Buffer.concat([Buffer.from('PAR1'), garbage]) }, /a\.parquet: .*PAR1/, 2],
  ['prose', { 'a.txt': 'This is a story.\nIt has lines.\n\nNothing else.\n' }, /a\.txt: neither JSON, nor Parquet/, 2],
  [
    'formats that are mixed',
    { 'a.json': ROW, 'b.csv': 'id,at\n1,2026-06-15\n' },
    /several formats.*\n.*1 file of JSON, such as a\.json\n.*1 file of delimited text/,
    2,
  ],
  ['delimiters that are mixed', { 'a.csv': 'id;at\n1;2\n', 'b.csv': 'id,at\n1,2026-06-15\n' }, /several formats/, 2],
  [
    'a delimiter of two characters',
    { 'a.csv': 'id||at||x\n1||2026-06-15 10:00:00||a\n' },
    /a\.csv: its fields are separated by "\|\|".*sed/,
    2,
  ],
  [
    'a full load of DMS without operations, beside changes',
    {
      'LOAD1.csv': '1,a,2026-06-15 10:00:00\n2,b,2026-06-15 10:00:00\n',
      'c.csv': 'U,1,a,2026-06-16 10:00:00\nD,2,b,2026-06-16 10:00:00\n',
    },
    /several formats[\s\S]*set includeOpForFullLoad at the endpoint/,
    2,
  ],
  [
    'years of two digits',
    { 'a.csv': 'id,at\n1,15/06/26 10:00:01\n2,16-JUN-26\n'.replace(/\//g, '-') },
    /the years of "at" have two digits, as in "15-06-26 10:00:01", .*let the source write four/,
    1,
  ],
  ['no time', { 'a.json': '{"id":1,"note":"x"}\n' }, /No column says when a row happened.*"id", "note"/, 1],
  [
    'line ends of CR alone',
    { 'a.csv': 'id,at\r1,2026-06-15\r2,2026-06-16\r' },
    /a\.csv: its lines end in a carriage.*tr /,
    2,
  ],
  [
    'a name twice in a header',
    { 'a.csv': 'id,name,name,ts\n1,a,b,2026-06-15 10:00:00\n2,a,b,2026-06-15 11:00:00\n' },
    /a\.csv: its header has the name "name" twice.*give each field a name/,
    2,
  ],
  ['blanks behind commas', { 'a.csv': 'id, at\n1, 2026-06-15\n2, 2026-06-16\n' }, /" at" begin with blanks.*sed/, 1],
  ['times in folders alone', { 'date=2026-06-15/a.json': '{"id":1}\n' }, /folders tell a day.*as a column/, 1],
  [
    'no row',
    { 'a.json': '{"id":1\n{"id":2\n' },
    /No row can be read from the files:\n +a\.json: line 1: it is no JSON: \w.*: "/,
    1,
  ],
  ['a header alone', { 'a.csv': 'id,at\n' }, /a\.csv: it has a header, and no line after it/, 1],
])('%s: an error that says so, and no file', async (_, files, message, code) => {
  const out = join(folderWith(), 'x.ts');
  const ran = await lake('new-dataset', folderWith(files), '--out', out);
  expect(ran).toMatchObject({ code, errors: expect.stringMatching(message) });
  expect(existsSync(out)).toBe(false);
});

test('a file that cannot be read is listed, and does not stop the others', async () => {
  const proposed = await proposeFor(folderWith({ 'a.json': ROW, 'b.bin': garbage, 'c.json': '', 'd.md': 'x' }));
  expect(proposed.output).toMatch(/Left out:\n {2}b\.bin: not text.*\n {2}c\.json: empty\n {2}d\.md: .*document/);
  expect(proposed.share[0]).toBe(1);
});

test('a file that is damaged after its beginning is read up to the damage, and listed', async () => {
  const rows = Array.from({ length: 40_000 }, (_, n) => ROW.replace('1', `${n * 7919}`)).join('');
  const packed = gzipSync(rows, { level: 1 });
  const folder = folderWith({ 'a.json': ROW, 'b.json.gz': packed.subarray(0, packed.length - 9) });
  const proposed = await proposeFor(folder);
  expect(proposed.output).toMatch(/Left out:\n {2}b\.json\.gz: cannot be read to its end: .*truncated or corrupt/);
  expect(proposed.share[0]).toBe(1);
  expect(await shareOf(folder, proposed.dataset)).toEqual(proposed.share);
});

test('a file that is there is replaced with --force alone', async () => {
  const folder = folderWith({ 'a.json': ROW });
  const out = join(folderWith({ 'x.ts': 'mine' }), 'x.ts');
  const refused = await lake('new-dataset', folder, '--out', out);
  expect(refused).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/--out: .*x\.ts exists\n {4}fix: .*--force/),
  });
  expect(readFileSync(out, 'utf8')).toBe('mine');
  expect((await lake('new-dataset', folder, '--out', out, '--force')).code).toBe(0);
  expect(readFileSync(out, 'utf8')).toContain('export default');
});

test.each<[readonly string[], RegExp]>([
  [[], /FILES: no file is named/],
  [['/no/such/file'], / {2}\/no\/such\/file: there is no such file or folder/],
  [['a', '--nmae', 'x'], /--nmae: there is no such option\n {4}fix: write --name/],
  [['a', '--name', 'Not Good'], /--name: "Not Good" cannot be the name of a dataset\n {4}fix: write lowercase/],
  [['a', '--name', 'select'], /"select" is a reserved word of Athena\n {4}fix: .*select_events/],
  [['a', '--out', 'x.txt'], /--out: "x\.txt" does not end in \.ts/],
  [['a', '--max-objects', '0'], /--max-objects: must be a whole number from 1 to/],
  [['s3://a-bucket/x', 'b'], /one s3:\/\/BUCKET\/PREFIX alone/],
  [['s3:///x'], /s3:\/\/\/x: names no bucket/],
])('%j is refused', async (args, message) => {
  expect(await lake('new-dataset', ...args)).toMatchObject({ code: 2, errors: expect.stringMatching(message) });
});

test('the commands are listed, and one that is none is refused', async () => {
  expect(await lake('--help')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/ {2}new-dataset {3}reads samples/),
  });
  // The help that a mistake points to is what the same words print.
  expect(await lake('new-dataset')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/\nTry npm run lake -- new-dataset --help\n$/),
  });
  expect(await lake()).toMatchObject({ code: 2 });
  expect(await lake('nwe')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/nwe: there is no such command\n {4}fix: .*new-dataset/),
  });
  expect(await lake('new-dataset', '--help')).toMatchObject({
    code: 0,
    output: expect.stringContaining('--max-objects'),
  });
});

test('files that are named one by one keep the folders that decide their partition', async () => {
  const folder = folderWith({
    'x/tenant=a/year=2026/month=06/day=15/a.json': ROW,
    'x/tenant=b/year=2026/month=06/day=15/a.json': ROW,
    'x/tenant=b/year=2026/month=06/day=15/b.txt': 'no',
  });
  const files = ['a', 'b'].map((tenant) => join(folder, `x/tenant=${tenant}/year=2026/month=06/day=15/a.json`));
  const proposed = await proposeFor(...files);
  expect(proposed.share).toEqual([2, 2]);
  expect(proposed.definition.partition).toMatchObject({
    scheme: 'day',
    leading: [{ name: 'tenant', kind: 'enum', values: ['a', 'b'] }],
  });
});
