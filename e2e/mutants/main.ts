/**
 * `npm run test:mutants`: makes named mistakes in a copy of the tree, one at a time, and expects a test to fail for each. The tests
 * that failed must pass without the mistake: they are run again, but for those that passed with another mistake in the same copies.
 */
import { UsageError } from '../../cli/command-line';
import { text } from '../../cli/program';
import { inTurn } from '../tools/in-turn';
import { Report } from '../tools/report';
import { supervised } from '../tools/supervisor';
import { MISTAKES } from './mistakes';
import { Workshop } from './workshop';

/** One more than processors, as some of the tests wait. */
const WORKSHOPS = 3;

const PROGRAM = {
  name: 'npm run test:mutants',
  does: 'Makes named mistakes in a copy of the tree, one at a time, and expects a test to fail for each.',
  options: { only: text('TEXT', 'make the mistakes whose name contains it') },
};

supervised(PROGRAM, async (supervisor, { only = '' }) => {
  const chosen = MISTAKES.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) {
    throw new UsageError(
      '--only',
      `no mistake has "${only}" in its name`,
      'write a part of a name in e2e/mutants/mistakes',
    );
  }
  const report = new Report();
  const workshops = Array.from({ length: WORKSHOPS }, () => new Workshop(supervisor));

  report.section('With a mistake');
  const noticed = new Map<string, Suites>();
  const waitingFirst = [...chosen].sort((a, b) => Number(b.waits ?? false) - Number(a.waits ?? false));
  await inTurn(workshops, waitingFirst, (workshop, mistake) =>
    report.check(mistake.name, async () => {
      const verdict = await workshop.judge(mistake);
      if (verdict.outcome === 'survived') throw new Error('No test noticed.');
      if (verdict.outcome === 'unclear') throw new Error(`Nothing was proven: ${verdict.why}`);
      const { tests, titles } = mistake;
      const of = noticed.get(tests.join()) ?? { tests, titles: new Set(), passed: new Set() };
      noticed.set(tests.join(), of);
      if (verdict.outcome === 'late') {
        of.titles.add(titles ?? '.');
        return `waiting: ${verdict.why}`;
      }
      for (const title of verdict.by) of.titles.add(exactly(title));
      for (const title of verdict.passed) of.passed.add(exactly(title));
      return verdict.by[0] ?? '';
    }),
  );

  report.section('Without a mistake, the same tests');
  const open = [...noticed.values()].flatMap(({ tests, titles, passed }) => {
    const left = [...titles].filter((title) => !passed.has(title));
    return left.length === 0 ? [] : [{ tests, titles: left.join('|') }];
  });
  await inTurn(workshops, open, (workshop, { tests, titles }) =>
    report.check(tests.join(', '), async () => {
      const verdict = await workshop.run(tests, titles);
      if (verdict.outcome !== 'survived') throw new Error(JSON.stringify(verdict));
    }),
  );
  return report.finish();
});

/** Suites that noticed mistakes. */
interface Suites {
  readonly tests: readonly string[];
  /** Patterns of the titles of tests that failed with a mistake, and of those that passed with one. */
  readonly titles: Set<string>;
  readonly passed: Set<string>;
}

/** A pattern for `jest --testNamePattern` that only this title fits. */
function exactly(title: string): string {
  return `^${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
}
