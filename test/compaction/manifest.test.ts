import { formatManifest, parseManifest } from '../../lambda/compaction/protocol/manifest';

test('a manifest has one URI a line, one final newline and no blank line', () => {
  expect(formatManifest(['data/a', 'data/b'], 'lake')).toBe('s3://lake/data/a\ns3://lake/data/b\n');
});

test('an empty partition is an empty object: a lone newline would fail every query', () => {
  expect(formatManifest([], 'lake')).toBe('');
  expect(parseManifest('', 'lake')).toEqual([]);
});

test('reads back what it wrote, with or without the final newline', () => {
  const files = ['data/a b', 'data/ü=1'];
  const text = formatManifest(files, 'lake');
  expect(parseManifest(text, 'lake')).toEqual(files);
  expect(parseManifest(text.slice(0, -1), 'lake')).toEqual(files);
});

test('refuses to list a file twice: its rows would count twice', () => {
  expect(() => formatManifest(['data/a', 'data/a'], 'lake')).toThrow('must not list a file twice');
});

test.each([
  ['a blank line', 's3://lake/data/a\n\n'],
  ['a lone newline', '\n'],
  ['a file of another bucket', 's3://other/data/a\n'],
])('refuses to work on a manifest with %s', (_, text) => {
  expect(() => parseManifest(text, 'lake')).toThrow('must be a URI under s3://lake/');
});
