import { read } from '../../../test/docs/pages';
import { commandsOf, firstMissing } from '../../walkthrough/commands';

const PAGE = `# Page

\`\`\`sh
first
\`\`\`

Text *not run by the test* in between.

\`\`\`sh
second
third
\`\`\`

\`\`\`text
some … text

more
\`\`\`

\`\`\`ts
const no = 'command';
\`\`\`

\`\`\`sh
fourth
\`\`\`

*Not run by the test: there
is nobody.*
`;

test('commands, where they stand, what they print, and why some are not run', () => {
  expect(commandsOf(PAGE)).toEqual([
    { line: 3, script: 'first\n', prints: [], notRun: undefined },
    { line: 9, script: 'second\nthird\n', prints: ['some … text', 'more'], notRun: undefined },
    { line: 24, script: 'fourth\n', prints: [], notRun: 'Not run by the test: there is nobody.' },
  ]);
});

test.each([
  ['a\nsome long text\nb\nmore\n', undefined],
  ['more\nsome long text\n', 'more'], // the wrong order
  ['some text\nmore\n', 'some … text'],
  ['some long text and\nmore\n', 'some … text'],
])('%j prints what it must', (printed, missing) => {
  expect(firstMissing(printed, ['some … text', 'more'])).toBe(missing);
});

test('characters of patterns mean themselves', () => {
  expect(firstMissing('axb\n', ['a.b'])).toBe('a.b');
  expect(firstMissing('s3://a+b/(c)\n', ['s3://…/(c)'])).toBeUndefined();
});

test('no block of the page escapes: each is run, or says why not', () => {
  const page = read('docs/deploy.md');
  const found = commandsOf(page);
  expect(found).toHaveLength([...page.matchAll(/^```sh$/gm)].length);
  expect(found.filter(({ notRun }) => notRun !== undefined)).toHaveLength(
    [...page.matchAll(/^\*Not run by /gm)].length,
  );
  expect(found.flatMap(({ prints }) => prints).length).toBeGreaterThan(3);
  expect(found.filter(({ prints }) => prints.length > 0)).toHaveLength([...page.matchAll(/^```text$/gm)].length);
});
