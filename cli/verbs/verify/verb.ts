import { parsePartitionPath } from '../../../lib/dataset';
import { count, plural } from '../../format';
import { visible } from '../../visible';
import { partitionsOf } from '../partitions';
import { type VerbContext, type VerbResult, verb } from '../verb';
import { FileReader } from './files';
import type { Finding } from './finding';
import { verifyPartition } from './partition';
import { repair } from './repair';

export const run = verb({
  name: 'verify',
  about: `Checks every manifest and every file that it lists: form, existence, footers, schema, event times, row counts of unfinished
commits, files that nobody lists; of a stage also encryption and versions. Each finding has its cure.`,
  options: [
    ['--deep', 'read every page of every file, and look for rows that are there twice by the dedupe key'],
    ['--repair', 'cure what needs no judgement: the form of manifests, needless ones, and old files that nobody lists'],
  ],
  flags: { deep: { type: 'boolean' }, repair: { type: 'boolean' } },
  changes: true,
  wrong: 'something is wrong, and not repaired',
  run: (context, { deep = false, repair: isRepair = false }) => verifyLake(context, deep, isRepair),
});

/** Verifies a selection, and repairs if it is asked to and may. */
export async function verifyLake(
  { lake, selection, mayChange, progress }: VerbContext,
  deep: boolean,
  isRepair: boolean,
): Promise<VerbResult> {
  const findings: Finding[] = [];
  const repaired = new Set<Finding>();
  const looked = { partitions: 0, files: 0, rows: 0 };
  const reader = await FileReader.open(lake);
  try {
    for (const [index, dataset] of selection.datasets.entries()) {
      const stray: Finding[] = [];
      const walk = partitionsOf(lake, dataset, selection, ({ key }) =>
        stray.push(strayIn(dataset.name, undefined, key)),
      );
      for await (const objects of walk) {
        progress('verify', index / selection.datasets.length);
        const { partition } = objects;
        const parsed = parsePartitionPath(dataset, partition);
        if (!parsed.ok) {
          for (const { key } of [...objects.manifests, ...objects.files]) {
            stray.push(strayIn(dataset.name, partition, key));
          }
          continue;
        }
        const ref = { dataset, partition };
        const own = await verifyPartition(lake, ref, objects, reader, deep);
        looked.partitions++;
        looked.files += own.looked.files;
        looked.rows += own.looked.rows;
        findings.push(...own.findings);
        if (isRepair && mayChange) for (const cured of await repair(lake, ref, own.findings)) repaired.add(cured);
      }
      if (selection.isWhole) findings.push(...stray);
    }
  } finally {
    await reader.close();
  }
  const left = findings.filter((finding) => !repaired.has(finding));
  const isPlan = isRepair && !mayChange && left.some(({ repairable }) => repairable);
  return {
    code: left.length === 0 ? 0 : isPlan ? 3 : 1,
    json: { deep, looked, findings: findings.map((finding) => ({ ...finding, repaired: repaired.has(finding) })) },
    print(terminal) {
      for (const finding of findings) {
        const { kind, key, problem, cure } = finding;
        const done = repaired.has(finding);
        terminal.line(`${done ? terminal.good(`${kind}, repaired`) : terminal.bad(kind)} ${visible(key)}`);
        terminal.line(`  ${visible(problem)}`);
        if (!done) terminal.line(`  → ${visible(cure)}`);
      }
      const much = `${plural(looked.partitions, 'partition')}, ${plural(looked.files, 'file')}, ${count(looked.rows)} rows`;
      const wrong = findings.length === 0 ? 'nothing is wrong' : plural(findings.length, 'finding');
      terminal.line(`${much}: ${wrong}${repaired.size > 0 ? `, ${repaired.size} repaired` : ''}.`);
      if (isPlan) terminal.line('Nothing was changed: --repair --yes repairs what needs no judgement.');
    },
  };
}

const strayIn = (dataset: string, partition: string | undefined, key: string): Finding => ({
  kind: 'stray-object',
  dataset,
  partition,
  key,
  problem: 'it is in no partition of the dataset: no query finds it, and no maintenance looks at it',
  cure: 'widen the range of the dataset if it was narrowed, or find out who put it, and delete it',
  repairable: false,
});
