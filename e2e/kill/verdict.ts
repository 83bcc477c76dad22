import { CHANGED, DISTINCT, LAID_OUT, PLAIN } from './datasets';
import type { Events, KillResult } from './result';

const SHOWN = 5;

/** What is wrong with a run, in words; nothing when every row is there once and nothing is left over. */
export function problemsOf({ delivered, work, queries, found }: KillResult): readonly string[] {
  const problems: string[] = [];
  const report = (names: readonly string[], what: string): void => {
    if (names.length > 0) problems.push(`${names.length} ${what}, for example ${names.slice(0, SHOWN).join(', ')}`);
  };
  for (const [name, expected] of [
    [PLAIN.name, delivered.plain],
    [DISTINCT.name, delivered.distinct],
    [LAID_OUT.name, delivered.laidOut],
    [CHANGED.name, new Set([...delivered.changed].flatMap(([id, { isDeleted }]) => (isDeleted ? [] : [id])))],
  ] as const) {
    const ids = found.ids.get(name) ?? new Map<string, number>();
    report(
      [...expected].filter((id) => !ids.has(id)),
      `rows of ${name} are lost`,
    );
    report(
      [...ids].filter(([, count]) => count > 1).map(([id]) => id),
      `rows of ${name} are there more than once`,
    );
    report(
      [...ids.keys()].filter((id) => !expected.has(id) && !delivered.overwritten.has(id)),
      `rows of ${name} were never delivered, or are deleted`,
    );
  }
  report(
    [...found.versions]
      .filter(([id, version]) => (delivered.changed.get(id)?.version ?? version) > version)
      .map(([id]) => id),
    `rows of ${CHANGED.name} are not the latest`,
  );
  const quarantined = new Set(found.quarantined);
  report(
    [...delivered.badLines].filter((line) => !quarantined.has(line)),
    'bad lines are lost',
  );
  if (quarantined.size !== found.quarantined.length) problems.push('a bad line is in quarantine more than once');
  report(found.pending, 'raw objects are still pending');
  report(found.leftOver, 'objects of the curated zone are left over by the vacuum');
  report(work.wrong, 'errors of workers that no fault explains');
  report(queries.wrong, 'queries went wrong');
  return problems;
}

/** What must have happened for a run to mean anything. */
export function gapsOf({ delivered, work, faults, queries }: Events): readonly string[] {
  const needed: Record<string, number> = {
    'files delivered': delivered.counts.files,
    'files repeated': delivered.counts.repeated,
    'files rewritten': delivered.counts.rewritten,
    'changes that come late': delivered.counts.late,
    deletions: delivered.counts.deletions,
    'rows in folders of their own': delivered.laidOut.size,
    'bad lines': delivered.badLines.size,
    queries: queries.count,
    'files merged': work.merged,
    ...Object.fromEntries(Object.entries(work.done).map(([role, count]) => [`work done by a ${role}`, count])),
    ...Object.fromEntries(Object.entries(work.kills).map(([role, count]) => [`kill of a ${role}`, count])),
    ...Object.fromEntries([...faults].map(([name, count]) => [`fault "${name}"`, count])),
  };
  return Object.entries(needed).flatMap(([what, count]) => (count > 0 ? [] : [`no ${what}: the run shows nothing`]));
}
