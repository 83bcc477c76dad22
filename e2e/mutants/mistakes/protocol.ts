import type { Mistake } from '../mistake';

const explore = 'test/compaction/explore/explore.integration.test.ts';
const interleavings = 'test/compaction/protocol-interleavings.integration.test.ts';
const protocol = (name: string): string => `lambda/compaction/protocol/${name}.ts`;
const maintain = protocol('maintain');
const compact = protocol('compact');

export const PROTOCOL: readonly Mistake[] = [
  {
    name: 'protocol: a merge does not finish committed transactions first',
    file: maintain,
    find: 'const { manifest } = await readVersion(lake, ref);\n      const rows',
    replace: 'const manifest = await readManifest(lake, ref);\n      const rows',
    tests: [explore],
    titles: 'abandoned:maintain',
  },
  {
    name: 'protocol: an expiry does not finish committed transactions first',
    file: maintain,
    find: 'const { manifest } = await readVersion(lake, ref);\n  if (manifest.files.length === 0) return 0;',
    replace: 'const manifest = await readManifest(lake, ref);\n  if (manifest.files.length === 0) return 0;',
    tests: [explore],
    titles: 'expired:expire',
  },
  {
    name: 'protocol: a merge does not check that its inputs are still listed',
    file: maintain,
    find: "if (!remove.every((key) => present.has(key))) return 'replaced';",
    replace: "if (present.size === 0) return 'replaced';",
    tests: [explore],
    titles: 'crashed:maintain.merge',
  },
  {
    name: 'protocol: the vacuum does not look at the age of the manifest',
    file: maintain,
    find: 'if ((manifest.lastModified?.getTime() ?? 0) >= before) return [];',
    replace: '',
    tests: [interleavings],
    titles: 'vacuum leaves superseded',
  },
  {
    name: 'protocol: the vacuum takes files of commits under way',
    file: maintain,
    find: 'if (!listed.has(file.key) && file.lastModified.getTime() < before) old.push(file);',
    replace: 'if (!listed.has(file.key)) old.push(file);',
    tests: [explore],
    titles: 'old:compact.maintain',
  },
  {
    name: 'protocol: the vacuum takes listed files',
    file: maintain,
    find: 'if (!listed.has(file.key) && file',
    replace: 'if (file',
    tests: [interleavings],
    titles: 'vacuum leaves superseded',
  },
  {
    name: 'protocol: records of attempts that never committed stay for ever',
    file: maintain,
    find: 'old.push(object);',
    replace: 'void 0;',
    tests: [interleavings],
    titles: 'takes files and records of attempts',
  },
  {
    name: 'protocol: the row balance is not checked',
    file: protocol('result'),
    find: 'assertBalanced(counts, where);',
    replace: '',
    tests: [interleavings],
    titles: 'commits nothing and deletes nothing',
  },
  {
    name: 'protocol: inputs are deleted before the commit',
    file: compact,
    find: '  if (!(await commitFiles(lake, ref, manifest, keys, remove))) return undefined;\n  return await finish(lake, ref, record);',
    replace:
      '  const counted = await finish(lake, ref, record);\n  return (await commitFiles(lake, ref, manifest, keys, remove)) ? counted : undefined;',
    tests: [explore],
    titles: 'fresh:compact.compact',
  },
  {
    name: 'protocol: a compactor does not finish committed transactions first',
    file: compact,
    find: 'const version = await readVersion(lake, ref);\n      counts',
    replace:
      "const version = { manifest: await require('./manifest').readManifest(lake, ref), recovered: NO_ROWS };\n      counts",
    tests: [explore],
    titles: 'crashed:compact.compact',
  },
  {
    name: 'protocol: after a lost race, inputs that somebody else consumed are committed again',
    file: compact,
    find: "if (!(await allPending(lake, ranges, inputs))) return { outcome: 'consumed-elsewhere', counts: recovered };",
    replace: '',
    tests: [explore],
    titles: 'fresh:compact.compact',
  },
  {
    name: 'protocol: after a lost race, deduplication is not repeated against the new files',
    file: compact,
    find: 'if (staged === undefined || !sameFiles(staged.base, base)) {',
    replace: 'if (staged === undefined) {',
    tests: [explore],
    titles: 'fresh-dedupe:low.high',
  },
  {
    name: 'protocol: an upload that is refused is taken for one that is there',
    file: protocol('data-files'),
    find: 'return (await listDataFiles(lake, ref)).some((file) => file.key === key) ? key : undefined;',
    replace: 'return key;',
    tests: [interleavings],
    titles: 'an upload that S3 refuses',
  },
  {
    name: 'protocol: a commit whose answer is lost is not looked for',
    file: protocol('transaction'),
    find: 'if (await contains(lake, ref, add)) return true;\n    throw error;',
    replace: 'throw error;',
    tests: [interleavings],
    titles: 'a commit whose answer is lost',
  },
  {
    name: 'protocol: files of several attempts share a name',
    file: protocol('data-files'),
    find: 'if (paths.length > 1 || (await tooOldToTakeOver(lake, ref, id)))',
    replace: 'if (await tooOldToTakeOver(lake, ref, id))',
    tests: [interleavings],
    titles: 'any interleaving',
  },
  {
    name: 'protocol: a file that a vacuum is about to delete is taken over',
    file: protocol('data-files'),
    find: 'if (paths.length > 1 || (await tooOldToTakeOver(lake, ref, id)))',
    replace: 'if (paths.length > 1)',
    tests: [explore],
    titles: 'old:compact.maintain',
  },
  {
    name: 'protocol: inputs are deleted whatever they hold by now',
    file: protocol('commit-intent'),
    find: 'await lake.store.deleteMatching(lake.buckets.raw, record.inputs);',
    replace:
      "for await (const now of lake.store.list(lake.buckets.raw, '')) if (record.inputs.some(({ key }) => key === now.key)) await lake.store.deleteMatching(lake.buckets.raw, [now]);",
    tests: [explore],
    titles: 'fresh:compact.rewrite',
  },
  {
    name: 'protocol: a manifest is replaced whatever its version',
    file: protocol('manifest'),
    find: 'const condition = previous.etag === undefined ? { ifAbsent: true } : { ifMatch: previous.etag };',
    replace: 'const condition = {};',
    tests: [explore],
    titles: 'fresh:compact.compact',
  },
  {
    name: 'protocol: late data packs a closed partition at every arrival',
    file: protocol('ages'),
    find: 'size >= UNDERSIZED_BYTES || lastModified.getTime() <= before',
    replace: 'size >= 0 || lastModified.getTime() <= before',
    tests: ['bench/test/year.test.ts'],
  },
  {
    name: 'protocol: a manifest has a blank line',
    file: protocol('manifest'),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: text of the source
    find: '`s3://${bucket}/${key}\\n`',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: text of the source
    replace: '`s3://${bucket}/${key}\\n\\n`',
    tests: ['test/compaction/manifest.test.ts'],
  },
  {
    name: 'protocol: a restore lists files that a vacuum may delete',
    file: protocol('restore'),
    find: 'const copy = await unlessGone(() => copyWithout(lake, ref, file, eraser));',
    replace: 'const copy = [key];',
    tests: [explore],
    titles: 'superseded:restore.maintain',
  },
  {
    name: 'protocol: a restore with a missing file goes on',
    file: protocol('restore'),
    find: 'if (copy === undefined) lost.push(key);',
    replace: 'if (copy === undefined) copies.set(key, key);',
    tests: [explore],
    titles: 'superseded:restore.maintain',
  },
];
