import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyMistake } from '../../mutants/mistake';
import { MISTAKES } from '../../mutants/mistakes';
import { PROJECT_ROOT } from '../../tools/project';

test('names are unique', () => {
  const names = MISTAKES.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

test('there are enough of them, in every part', () => {
  const parts = new Set(MISTAKES.map(({ name }) => name.split(':')[0]));
  expect(MISTAKES.length).toBeGreaterThanOrEqual(120);
  expect([...parts].sort()).toEqual(
    [
      ...[
        'changes',
        'checks',
        'compliance',
        'dataset',
        'downloads',
        'engine',
        'erase',
        'event times',
        'freshness',
        'iceberg',
        'layouts',
        'local lake',
      ],
      ...[
        'import',
        'maintenance',
        'new-dataset',
        'planner',
        'preflight',
        'protocol',
        'query',
        'replay',
        'retry',
        'rows',
        'set aside',
        'settings',
        'smoke',
        'stacks',
        'store',
        'verbs',
        'verify',
      ],
      ...['client', 'gateway'], // with ingest
    ].sort(),
  );
});

test.each(MISTAKES.map((mistake) => [mistake.name, mistake] as const))('%s: can still be made', (_, mistake) => {
  const source = readFileSync(join(PROJECT_ROOT, mistake.file), 'utf8');
  expect(applyMistake(mistake, source)).not.toBe(source);
  for (const test of mistake.tests) expect([test, existsSync(join(PROJECT_ROOT, test))]).toEqual([test, true]);
});
