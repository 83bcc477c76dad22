/** docs/proof.md says of every resource type what proves it; it must neither lag behind the templates nor cite what is not there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT, page, read, section, tableRows } from '../../../test/docs/pages';
import { synthesize } from '../../../test/support/synthesize';
import { VARIANTS } from '../../../test/support/variants';
import { NOT_EMULATED } from '../../emulator/not-emulated';

const PAGE = 'docs/proof.md';
const rows = tableRows(section(PAGE, '## Resource types'), /^type$/).map(([type = '', ...cells]) => ({
  type: type.replaceAll('`', ''),
  cells,
}));
const types = new Set(
  VARIANTS.flatMap(synthesize).flatMap(({ template }) => Object.values(template.Resources).map(({ Type }) => Type)),
);

interface Citation {
  readonly file: string;
  /** Titles of its tests or checks, given in quotes behind it. */
  readonly titles: readonly string[];
}

/** Files of tests and proofs in backticks, each with the titles in quotes that follow it. */
const citations = (text: string): readonly Citation[] =>
  [...text.matchAll(/`((?:[\w-]+\/)*(?:test|e2e)\/[^`]+)`((?:,? "[^"\n]+")*)/g)].map(([, file = '', quoted = '']) => ({
    file,
    titles: [...quoted.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }));

/** The titles are written as in the source: within quotes of any kind, or at the end of a template. */
const has = (source: string, title: string): boolean =>
  new RegExp(`[\`'": ] *${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}['\`"]`).test(source);

const broken = ({ file, titles }: Citation): readonly string[] =>
  existsSync(join(PROJECT, file))
    ? titles.filter((title) => !has(read(file), title)).map((title) => `${file}: no test "${title}"`)
    : [`${file}: no such file`];

test('every resource type of every template has a row', () => {
  expect(types.size).toBeGreaterThan(20);
  expect([...types].filter((type) => !rows.some((row) => row.type === type))).toEqual([]);
});

test('every row is of a type that some template has, once', () => {
  expect(rows.map(({ type }) => type)).toEqual([...types].sort());
});

test('every row names a test or proof, and says what is not proven', () => {
  for (const { type, cells } of rows) {
    const [, proof = '', open = ''] = cells;
    expect({ type, columns: cells.length, cites: citations(proof).length > 0, open: open.length > 5 }).toEqual({
      type,
      columns: 3,
      cites: true,
      open: true,
    });
  }
});

test('what the emulator is not given is said as its list says', () => {
  for (const { type, cells } of rows) {
    const [entry] = NOT_EMULATED.filter((one) => one.type === type);
    const kinds =
      entry === undefined ? ['deployed', 'not deployed'] : [entry.when === undefined ? 'taken out' : 'in part'];
    expect({ type, kinds }).toEqual({ type, kinds: expect.arrayContaining([cells[0]]) });
  }
});

test('the groups of test:deploy are those that the page describes, in the order in which they run', () => {
  const groups = [...read('e2e/deploy/main.ts').matchAll(/^ {2}\{ name: '([\w-]+)'/gm)].map(([, name]) => name);
  expect(groups.length).toBeGreaterThan(5);
  const described = tableRows(section(PAGE, '### On an emulator of AWS'), /^group$/).map(([name = '']) => name);
  expect(described).toEqual(groups.map((name) => `\`${name}\``));
});

test('every file and test that the page cites exists', () => {
  const cited = citations(page(PAGE).text);
  expect(cited.flatMap(({ titles }) => titles).length).toBeGreaterThan(30);
  expect(cited.flatMap(broken)).toEqual([]);
});

test('a file or a test that does not exist is found', () => {
  const text =
    '`test/none.test.ts` "x"; `test/docs/links.test.ts` "names files and folders that exist", "names nothing"';
  expect(citations(text).flatMap(broken)).toEqual([
    'test/none.test.ts: no such file',
    'test/docs/links.test.ts: no test "names nothing"',
  ]);
});

test('every claim names its proof', () => {
  const claims = tableRows(section(PAGE, '## Claims'), /^claim$/);
  expect(claims.length).toBeGreaterThan(10);
  expect(claims.filter(([, proof = '']) => citations(proof).length === 0 && !/`npm run [\w:]+`/.test(proof))).toEqual(
    [],
  );
});
