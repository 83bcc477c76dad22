import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecipeError, recipeOf, replaced } from './recipe';

const PAGE = `# A lake

## Add a dataset

\`\`\`ts
export default {};
\`\`\`

## Make it yours

### Your datasets

Delete:

\`\`\`sh
rm a
\`\`\`

Add \`config/datasets/mine.ts\`, [as above](#add-a-dataset), and in \`config/stages/prod.ts\`:

\`\`\`diff
 [
-  old,
+  new,
+  newer,
 ]
\`\`\`

### Nothing

Only words.

### Other

\`\`\`json
{}
\`\`\`

## Costs

\`\`\`sh
exit 1
\`\`\`
`;

test('steps come in the order of the page, up to the next heading of the level', () => {
  expect(recipeOf(PAGE, '### Your datasets')).toEqual([
    { kind: 'run', script: 'rm a\n' },
    { kind: 'write', file: 'config/datasets/mine.ts', text: 'export default {};\n' },
    { kind: 'replace', file: 'config/stages/prod.ts', from: '[\n  old,\n]', to: '[\n  new,\n  newer,\n]' },
  ]);
});

test.each([
  ['### Yours', 'there is no heading'],
  ['### Nothing', 'there is no step under it'],
  ['### Other', 'a block of json is not a step'],
])('%s: %s', (heading, message) => {
  expect(() => recipeOf(PAGE, heading)).toThrow(RecipeError);
  expect(() => recipeOf(PAGE, heading)).toThrow(message);
});

test('old lines that are not there, or more than once, are named with the file', () => {
  const step = { kind: 'replace', file: 'config/a.ts', from: 'old', to: 'new' } as const;
  expect(replaced('an old one', step)).toBe('an new one');
  expect(() => replaced('none', step)).toThrow('config/a.ts has the lines of the README 0 times, not once:\nold');
  expect(() => replaced('old old', step)).toThrow('2 times');
});

test('the README has the recipes that are followed, and they fit the files of the examples', () => {
  const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
  const datasets = recipeOf(readme, '### Your datasets');
  expect(datasets.map(({ kind }) => kind)).toEqual(['run', 'write', 'replace']);
  expect(recipeOf(readme, '### Your names').map(({ kind }) => kind)).toEqual(['run', 'replace']);
  const example = (file: string): string => readFileSync(join(__dirname, '../fixtures/stages', file), 'utf8');
  for (const [step, file] of [
    [datasets[2], 'prod.ts'], // with ingest
    [recipeOf(readme, '### Your names')[1], 'dev.ts'],
  ] as const) {
    if (step?.kind !== 'replace') throw new Error('no change');
    expect(replaced(example(file), step)).toContain(step.to);
  }
});
