/** Listings of objects and versions, request by request. */
import { always, INCOMPLETE, refusal, type ScriptedAnswer, type SentRequest, scriptedStore } from './scripted-client';
import { collect } from './target';

describe('listVersions', () => {
  const version = (key: string, id: string, latest: boolean): string =>
    `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${latest}</IsLatest><ETag>"e-${id}"</ETag>` +
    `<Size>7</Size><LastModified>2026-06-15T10:00:00.000Z</LastModified></Version>`;
  const marker = '<DeleteMarker><Key>a</Key><VersionId>m</VersionId><IsLatest>true</IsLatest></DeleteMarker>';
  const page = (inner: string): ScriptedAnswer => ({ body: `<ListVersionsResult>${inner}</ListVersionsResult>` });
  const truncated = (key: string, id = ''): string =>
    `<IsTruncated>true</IsTruncated><NextKeyMarker>${key}</NextKeyMarker>${id}`;

  test('reads all pages, without delete markers, each from where the one before ended', async () => {
    const pages = [
      page(truncated('a', '<NextVersionIdMarker>1</NextVersionIdMarker>') + marker + version('a', '2', false)),
      page(truncated('b')),
      page(`<IsTruncated>false</IsTruncated>${version('c', '3', true)}`),
    ];
    const { store, requests } = scriptedStore(() => pages.shift() ?? page(''));
    const common = { size: 7, lastModified: new Date('2026-06-15T10:00:00Z') };
    expect(await collect(store.listVersions('b', 'p/'))).toEqual([
      { ...common, key: 'a', versionId: '2', etag: '"e-2"', isLatest: false },
      { ...common, key: 'c', versionId: '3', etag: '"e-3"', isLatest: true },
    ]);
    const markers = requests.map(({ query }) => [query['key-marker'], query['version-id-marker'], query.prefix]);
    expect(markers).toEqual([
      [undefined, undefined, 'p/'],
      ['a', '1', 'p/'],
      ['b', undefined, 'p/'],
    ]);
  });

  test.each(['Key', 'VersionId', 'ETag', 'Size', 'LastModified'])('a version without %s is an error', async (name) => {
    const inner = version('a', '1', true).replace(new RegExp(`<${name}>.*?</${name}>`), '');
    await expect(collect(always(page(inner)).store.listVersions('b', ''))).rejects.toThrow(INCOMPLETE);
  });

  test('a page that names no next one is an error', async () => {
    const { store } = always(page('<IsTruncated>true</IsTruncated>'));
    await expect(collect(store.listVersions('b', ''))).rejects.toThrow(INCOMPLETE);
  });
});

describe('list', () => {
  const contents = (key: string): string =>
    `<Contents><Key>${key}</Key><LastModified>2026-06-15T10:00:00.000Z</LastModified><ETag>"e"</ETag><Size>1</Size></Contents>`;
  const listing = (inner: string, token?: string): ScriptedAnswer => ({
    body:
      `<ListBucketResult>${inner}` +
      (token === undefined
        ? '<IsTruncated>false</IsTruncated>'
        : `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`) +
      '</ListBucketResult>',
  });
  const questions = (requests: readonly SentRequest[]) =>
    requests.map(({ query: { prefix, delimiter, 'start-after': after, 'continuation-token': token } }) => ({
      prefix,
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(after === undefined ? {} : { after }),
      ...(token === undefined ? {} : { token }),
    }));

  test('goes from page to page', async () => {
    const pages = [listing(contents('p/a'), 't1'), listing('', 't2'), listing(contents('p/b'))];
    const { store, requests } = scriptedStore(() => pages.shift() ?? listing(''));
    expect((await collect(store.list('b', 'p/', { after: 'p/0' }))).map(({ key }) => key)).toEqual(['p/a', 'p/b']);
    expect(questions(requests)).toEqual([
      { prefix: 'p/', after: 'p/0' },
      { prefix: 'p/', after: 'p/0', token: 't1' },
      { prefix: 'p/', after: 'p/0', token: 't2' },
    ]);
  });

  test('asks for no page behind the end of its range', async () => {
    const { store, requests } = always(listing(contents('p/a') + contents('p/b') + contents('p/c'), 't1'));
    expect((await collect(store.list('b', 'p/', { through: 'p/b' }))).map(({ key }) => key)).toEqual(['p/a', 'p/b']);
    expect(requests).toHaveLength(1);
  });

  test('of a folder gives names without prefix and slash, of all pages', async () => {
    const folder = (name: string): string => `<CommonPrefixes><Prefix>p/${name}/</Prefix></CommonPrefixes>`;
    const pages = [listing(folder('x') + contents('p/a'), 't1'), listing(folder('y') + contents('p/b'))];
    const { store, requests } = scriptedStore(() => pages.shift() ?? listing(''));
    const found = await store.listFolder('b', 'p/');
    expect(found.folders).toEqual(['x', 'y']);
    expect(found.objects).toEqual(
      ['p/a', 'p/b'].map((key) => ({ key, etag: '"e"', size: 1, lastModified: new Date('2026-06-15T10:00:00Z') })),
    );
    expect(questions(requests)).toEqual([
      { prefix: 'p/', delimiter: '/' },
      { prefix: 'p/', delimiter: '/', token: 't1' },
    ]);
  });

  test.each([
    [{ folders: false }, { prefix: 'p' }],
    [
      { folders: true, after: 'p1', token: 't' },
      { prefix: 'p', delimiter: '/', after: 'p1', token: 't' },
    ],
  ])('one page of %j is asked for so', async (request, wanted) => {
    const { store, requests } = always(listing(contents('p1')));
    expect(await store.listPage('b', 'p', request)).toMatchObject({ folders: [], token: undefined });
    expect(questions(requests)).toEqual([wanted]);
  });

  test.each([
    ['an object without a key', '<Contents><ETag>"e"</ETag></Contents>'],
    ['a folder without a name', '<CommonPrefixes/>'],
  ])('%s, by the general parser, is an error', async (_, inner) => {
    await expect(always(listing(`<!-- -->${inner}`)).store.listPage('b', '', {})).rejects.toThrow(INCOMPLETE);
  });

  test('a next page without a token, by the general parser, is an error', async () => {
    const { store } = always({ body: '<ListBucketResult><!-- --><IsTruncated>true</IsTruncated></ListBucketResult>' });
    await expect(store.listPage('b', '', {})).rejects.toThrow(INCOMPLETE);
  });

  test('by the general parser has folders and the token of the next page', async () => {
    const inner = '<!-- --><EncodingType>url</EncodingType><CommonPrefixes><Prefix>a+b/</Prefix></CommonPrefixes>';
    expect(await always(listing(inner, 't1')).store.listPage('b', '', { folders: true })).toEqual({
      objects: [],
      folders: ['a b/'],
      token: 't1',
    });
    expect(
      await always(listing(contents('a+b').replace('<Key>', '<!-- --><Key>'))).store.listPage('b', '', {}),
    ).toEqual({
      objects: [{ key: 'a+b', etag: '"e"', size: 1, lastModified: new Date('2026-06-15T10:00:00Z') }],
      folders: [],
      token: undefined,
    });
  });

  test('that is refused is the error of S3', async () => {
    const { store } = always(refusal(404, 'NoSuchBucket'));
    await expect(store.listFolder('b', 'p/')).rejects.toMatchObject({ name: 'NoSuchBucket', message: 'by the test' });
  });
});
