/** Our reader of listings, held to the SDK's over documents as S3 and its relatives write them. */
import { Readable } from 'node:stream';
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { decodeUrl, parseListPage } from '../../lambda/compaction/store/list-page';
import type { ListPage } from '../../lambda/compaction/store/object-store';
import { S3Listing } from '../../lambda/compaction/store/s3-listing';

let answer = '';
/** A client that is answered with `answer`, whatever it asks. */
const client = new S3Client({
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  maxAttempts: 1,
  requestHandler: {
    handle: async () => ({ response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from(answer)]) } }),
  },
});
const shipped = new S3Listing(client);

async function bySdk(xml: string): Promise<ListPage> {
  answer = xml;
  return pageOf(await client.send(new ListObjectsV2Command({ Bucket: 'b' })));
}

function pageOf(output: ListObjectsV2CommandOutput): ListPage {
  const decode = output.EncodingType === 'url' ? decodeUrl : (text: string): string => text;
  return {
    objects: (output.Contents ?? []).map(({ Key, ETag, Size, LastModified }) => ({
      key: decode(Key as string),
      etag: ETag as string,
      size: Size as number,
      lastModified: LastModified as Date,
    })),
    folders: (output.CommonPrefixes ?? []).map(({ Prefix }) => decode(Prefix as string)),
    token: output.IsTruncated === true ? output.NextContinuationToken : undefined,
  };
}

/** Characters that markup, references, URLs or other parsers might trip over. */
const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abz019/=-_.~ +%&<>"\'!*(),;:@$?#[]{}|\\^`') },
  { weight: 2, arbitrary: fc.constantFrom('é', 'ß', 'ﬀ', '漢', '\u{1f600}', '\u00a0', '\u2028', '\ufeff', '\u0301') },
  { weight: 1, arbitrary: fc.constantFrom('&amp;', '&#10;', '&lt', '%2F', '%', '+', ']]>', '\t', '\u0001', '\n') },
);
const text = fc.array(character, { minLength: 1, maxLength: 24 }).map((parts) => parts.join(''));
const name = text.map((rest) => `raw/${rest}`);

const NAMED: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
/** Each writer escapes in its own way what need not be escaped. */
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: keys may hold any control character
const writers: readonly ((value: string) => string)[] = [
  (value) => value.replace(/[&<>"'\n\t\u0001]/g, (c) => (c in NAMED ? `&${NAMED[c]};` : `&#${c.charCodeAt(0)};`)),
  (value) => value.replace(/[&<>"\n\t\u0001]/g, (c) => `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`),
  (value) => value.replace(/[&<\n\t\u0001]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`),
];
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above
const urlEncoded = (value: string): string =>
  encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%20', '+').replaceAll("'", '%27');

const object = fc.record({
  key: name,
  etag: fc.constantFrom('"d41d8cd98f00b204e9800998ecf8427e"', '"abc-12"', 'bare'),
  size: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 * 1024 ** 4 })),
  lastModified: fc
    .integer({ min: Date.parse('2006-03-14T00:00:00Z'), max: Date.parse('2099-12-31T23:59:59Z') })
    .map((time) => new Date(time)),
});

const listing = fc.record({
  objects: fc.array(object, { maxLength: 6 }),
  folders: fc.array(
    name.map((folder) => `${folder}/`),
    { maxLength: 3 },
  ),
  token: fc.option(name, { nil: undefined }),
  writer: fc.nat(writers.length - 1),
  url: fc.boolean(),
  /** Between elements, as some stores indent what they write. */
  space: fc.constantFrom('', '\n', '\n  ', '\n\t'),
  declaration: fc.constantFrom('<?xml version="1.0" encoding="UTF-8"?>\n', '<?xml version="1.0"?>', ''),
  namespace: fc.constantFrom(' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', ''),
  /** Elements that S3 has beside those that are read, some of them empty. */
  extras: fc.constantFrom(
    '<StorageClass>STANDARD</StorageClass>',
    '<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>',
    '<Owner><ID>k</ID><DisplayName/></Owner><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>',
    '<StorageClass/>',
    '',
  ),
  order: fc.boolean(),
});

type Listing = typeof listing extends fc.Arbitrary<infer T> ? T : never;

function write(of: Listing): string {
  const escaped = writers[of.writer] as (value: string) => string;
  const key = (value: string): string => escaped(of.url ? urlEncoded(value) : value);
  const objects = of.objects.map((one) => {
    const parts = [
      `<Key>${key(one.key)}</Key>`,
      `<LastModified>${one.lastModified.toISOString()}</LastModified>`,
      `<ETag>${escaped(one.etag)}</ETag>`,
      `<Size>${one.size}</Size>`,
      of.extras,
    ];
    return `<Contents>${of.space}${(of.order ? parts : parts.reverse()).join(of.space)}${of.space}</Contents>`;
  });
  const folders = of.folders.map(
    (folder) => `<CommonPrefixes>${of.space}<Prefix>${key(folder)}</Prefix></CommonPrefixes>`,
  );
  const head = [
    '<Name>bucket</Name>',
    '<Prefix/>',
    '<Delimiter>/</Delimiter>',
    ...(of.token === undefined ? [] : [`<NextContinuationToken>${escaped(of.token)}</NextContinuationToken>`]),
    `<IsTruncated>${of.token !== undefined}</IsTruncated>`,
    ...(of.url ? ['<EncodingType>url</EncodingType>'] : []),
  ];
  const all = of.order ? [...head, ...objects, ...folders] : [...folders, ...objects, ...head];
  return `${of.declaration}<ListBucketResult${of.namespace}>${of.space}${all.join(of.space)}${of.space}</ListBucketResult>`;
}

test('reads what the SDK reads, whatever the keys, their encoding and the order of the elements', async () => {
  await fc.assert(
    fc.asyncProperty(listing, async (of) => {
      const xml = write(of);
      const page = parseListPage(xml);
      expect(page).toEqual({ objects: of.objects, folders: of.folders, token: of.token });
      expect(page).toEqual(await bySdk(xml));
    }),
    { numRuns: 300 },
  );
});

test('never reads anything else out of a document that is damaged', async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      listing,
      fc.nat(),
      fc.nat(40),
      fc.constantFrom('', '<', '&', 'x', '</Key>'),
      async (of, ...change) => {
        // The SDK takes spaces without a line end, between elements, for content.
        const xml = write({ ...of, url: false, space: '' });
        const [at, length, by] = change;
        const start = at % xml.length;
        // As bytes bring it: half of a character is another one.
        const damaged = Buffer.from(xml.slice(0, start) + by + xml.slice(start + length)).toString();
        const page = parseListPage(damaged);
        if (page === undefined) refused++;
        else expect(page).toEqual(await bySdk(damaged));
      },
    ),
    { numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(100);
});

const CONTENTS = '<Key>raw/a</Key><LastModified>2026-06-15T10:00:00.000Z</LastModified><ETag>"e"</ETag><Size>1</Size>';
const page = (inner: string): string => `<ListBucketResult>${inner}</ListBucketResult>`;
const contents = (inner: string): string => page(`<IsTruncated>false</IsTruncated><Contents>${inner}</Contents>`);

const URL_ENCODED = '<EncodingType>url</EncodingType>';

describe('what S3 may write in one way or another', () => {
  const keyOf = (text: string): string | undefined =>
    parseListPage(contents(CONTENTS.replace('raw/a', text)))?.objects[0]?.key;

  test.each<[string, string]>([
    ['without an answer whether there is more', page(`<Contents>${CONTENTS}</Contents>`)],
    [
      'with a token that is not the next one',
      contents(CONTENTS).replace('<Is', '<NextContinuationToken>t</NextContinuationToken><Is'),
    ],
    ['with a line end behind it', `${contents(CONTENTS)}\n`],
    ['with more space before its namespace', contents(CONTENTS).replace('Result>', 'Result \n xmlns="http://s3">')],
    ['with a mark of byte order', `\ufeff${contents(CONTENTS)}`],
    ['with an empty element', contents(CONTENTS).replace('<Is', '<EncodingType/><Is')],
    ['with nested elements', contents(`<Owner><ID>x</ID><Own><ID/></Own></Owner>${CONTENTS}`)],
    ['with a time in seconds', contents(CONTENTS.replace('00.000Z', '00Z'))],
    ['with a time in nanoseconds', contents(CONTENTS.replace('00.000Z', '00.000000000Z'))],
  ])('%s', (_, xml) => {
    expect(parseListPage(xml)).toEqual({
      objects: [{ key: 'raw/a', etag: '"e"', size: 1, lastModified: new Date('2026-06-15T10:00:00Z') }],
      folders: [],
      token: undefined,
    });
  });

  test.each([
    ['a&#x10FFFF;b', 'a\u{10ffff}b'],
    ['a&#1114111;b', 'a\u{10ffff}b'],
    ['&#xD7FF;&#xE000;', '\ud7ff\ue000'],
    ['&amp;lt;', '&lt;'],
    ['&lt;&gt;&apos;&quot;&amp;', `<>'"&`],
    ['&quot;a&amp;b&quot;', '"a&b"'],
    ['&quot;abc&lt;ab', '"abc<ab'],
    ['&quot;', '"'],
    ['&quot;&quot;', '""'],
    ['x&quot;a&quot;', 'x"a"'],
  ])('a key as %s is %s', (text, key) => {
    expect(keyOf(text)).toBe(key);
  });

  test('an ETag of nothing is one', () => {
    expect(parseListPage(contents(CONTENTS.replace('<ETag>"e"</ETag>', '<ETag/>')))?.objects[0]?.etag).toBe('');
    expect(
      parseListPage(contents(CONTENTS.replace('<Size>1</Size>', '<Size>999999999999999</Size>')))?.objects[0]?.size,
    ).toBe(999_999_999_999_999);
  });

  test('the shipped listing reads it itself, and asks the SDK for nothing that it can read', async () => {
    answer = contents(CONTENTS.replace('raw/a', 'raw/&#x1F600;'));
    expect((await shipped.listPage('b', '', {})).objects[0]?.key).toBe('raw/\u{1f600}');
  });
});

test('an emoji as a reference is one character, which the SDK takes half of', () => {
  expect(parseListPage(contents(CONTENTS.replace('raw/a', 'raw/&#x1F600;')))?.objects[0]?.key).toBe('raw/\u{1f600}');
});

describe('what is left to the general parser', () => {
  test.each<[string, string]>([
    ['no listing', '<Error><Code>SlowDown</Code></Error>'],
    ['nothing', ''],
    ['a comment', contents(`<!-- -->${CONTENTS}`)],
    ['CDATA', contents(CONTENTS.replace('raw/a', '<![CDATA[raw/a]]>'))],
    ['a carriage return', contents(CONTENTS.replace('raw/a', 'raw/\r\n'))],
    ['an attribute', contents(CONTENTS.replace('<Key>', '<Key a="b">'))],
    ['a namespace prefix', contents(CONTENTS.replaceAll('Key>', 's3:Key>'))],
    ['an object without a key', contents(CONTENTS.replace('<Key>raw/a</Key>', ''))],
    ['an object with two keys', contents(`${CONTENTS}<Key>raw/b</Key>`)],
    ['a size that is none', contents(CONTENTS.replace('>1<', '>1e3<'))],
    ['a time that is none', contents(CONTENTS.replace('2026-06-15', '2026-06-'))],
    ['an unknown entity', contents(CONTENTS.replace('raw/a', 'raw/&nbsp;'))],
    ['half of a character', contents(CONTENTS.replace('raw/a', 'raw/&#xd800;'))],
    ['a next page without a token', page('<IsTruncated>true</IsTruncated>')],
    ['an end that is missing', contents(CONTENTS).slice(0, -1)],
    ['text between elements', page(`x<Contents>${CONTENTS}</Contents>`)],
    ['text behind the end', `${contents(CONTENTS)}x`],
    ['a folder without a name', page('<CommonPrefixes/>')],
    ['a folder with something else', page('<CommonPrefixes><Other>raw/</Other></CommonPrefixes>')],
    ['an object without an ETag', contents(CONTENTS.replace('<ETag>"e"</ETag>', ''))],
    ['an object without a size', contents(CONTENTS.replace('<Size>1</Size>', ''))],
    ['a size of too many digits', contents(CONTENTS.replace('>1<', '>1234567890123456<'))],
    ['an object without a time', contents(CONTENTS.replace(/<LastModified>.*<.LastModified>/, ''))],
    ['a time of a long year', contents(CONTENTS.replace('2026-06-15', '+002026-06-15'))],
    ['a time with more behind it', contents(CONTENTS.replace('00.000Z', '00Z (UTC)'))],
    ['a time of no day', contents(CONTENTS.replace('06-15', '13-45'))],
    ['an empty element with an attribute', contents(`${CONTENTS}<Owner a="b"/>`)],
    ['an end of another name', `${page('').slice(0, -1)}s>`],
    ['an object that ends as another', contents(CONTENTS).replace('</Contents>', '</Contentz>')],
    ['two answers to one question', page('<IsTruncated>false</IsTruncated><IsTruncated>false</IsTruncated>')],
    ['neither true nor false', page('<IsTruncated>True</IsTruncated><NextContinuationToken>t</NextContinuationToken>')],
    ['a key that is no URL', contents(CONTENTS.replace('raw/a', 'raw/%zz')).replace('<Cont', `${URL_ENCODED}<Cont`)],
    ['the second half of a character', contents(CONTENTS.replace('raw/a', 'raw/&#xdfff;'))],
    ['a character behind the last', contents(CONTENTS.replace('raw/a', 'raw/&#x110000;'))],
  ])('%s', (_, xml) => {
    expect(parseListPage(xml)).toBeUndefined();
  });

  test('is read by the SDK', async () => {
    answer = contents(CONTENTS.replace('raw/a', '<![CDATA[raw/a&b]]>'));
    expect((await shipped.listPage('b', '', {})).objects).toMatchObject([{ key: 'raw/a&b' }]);
    const url = CONTENTS.replace('raw/a', 'raw/a+b%3D');
    answer = page(`<EncodingType>url</EncodingType><!-- --><Contents>${url}</Contents>`);
    expect((await shipped.listPage('b', '', {})).objects).toMatchObject([{ key: 'raw/a b=' }]);
  });
});
