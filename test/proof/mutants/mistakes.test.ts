import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyMistake } from '../../../proof/mutants/mistake';
import { MISTAKES } from '../../../proof/mutants/mistakes';
import { PROJECT_ROOT } from '../../../proof/tools/project';

test('names are unique', () => {
  const names = MISTAKES.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

test.each(MISTAKES.map((mistake) => [mistake.name, mistake] as const))('%s: can still be made', (_, mistake) => {
  const source = readFileSync(join(PROJECT_ROOT, mistake.file), 'utf8');
  expect(applyMistake(mistake, source)).not.toBe(source);
  for (const test of mistake.tests) expect([test, existsSync(join(PROJECT_ROOT, test))]).toEqual([test, true]);
});
