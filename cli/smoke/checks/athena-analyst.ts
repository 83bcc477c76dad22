import { manifestKey, partitionPredicate } from '../../../lib/dataset';
import { PRICES } from '../../../lib/prices';
import { expectRefused, expectRows, rowsOf, tableName, workgroupName } from '../athena';
import type { SmokeCheck } from '../check';
import { measureCommitted } from '../committed';
import type { SmokeContext } from '../context';
import { measuresOf } from '../measures';
import { PERSON_PERMISSIONS } from '../people';
import { anyOf, countQuery, measureQuery } from '../queries';
import { rowsIn } from './compaction';

/** What a query that reads little costs: Athena bills at least 10 MB. */
export const queryDollars = (queries: number): number => (queries * 10e6 * PRICES.athenaScan.usd) / 1e12;

export const NO_ATHENA = 'the emulator answers no query as Athena does';

/**
 * As an analyst, with the deployed policy alone: Athena reads what compaction committed, every column of it; days without
 * data are empty; raw data and the workgroups of others are refused. Costs ten queries.
 */
export const athenaAnalyst: SmokeCheck = {
  id: 'athena-analyst',
  proves: 'an analyst reads every column of the curated table, empty days and empty manifests, and no raw data',
  answers: { 'AWS::IAM::ManagedPolicy': ['that services set the conditions of their calls, such as `kms:ViaService`'] },
  permissions: PERSON_PERMISSIONS,
  needs: ['compaction'],
  notEmulated: NO_ATHENA,
  dollars: () => queryDollars(10),
  async run(context) {
    const { lake, settings, reserved } = context;
    const { dataset, rows, empty, emptied } = reserved;
    const athena = await context.actAs('analyst');
    const workgroup = workgroupName(settings, 'analyst');
    const curated = tableName(settings, 'curated', dataset.name);
    const count = (where: string): string => countQuery(curated, where);
    const at = (partition: string): string => partitionPredicate(dataset, partition);

    const wanted = String(await rowsIn(context, rows));
    await untilAllowed(context, () => rowsOf(context, athena, { sql: count(at(rows)), workgroup }));
    await expectRows(context, athena, { sql: count(at(rows)), workgroup }, [[wanted]]);

    const measures = measuresOf(dataset.columns);
    const [seen = []] = await rowsOf(context, athena, {
      sql: measureQuery(curated, measures, at(rows)),
      workgroup,
    });
    const committed = await measureCommitted(context, rows, measures);
    for (const [index, { of, athena: sql }] of measures.entries()) {
      if (seen[index] === committed[index]) continue;
      throw new Error(`${of}: ${sql} is ${seen[index]} in Athena, and ${committed[index]} in the files`);
    }

    await lake.store.put(lake.buckets.curated, manifestKey(dataset.name, emptied), Buffer.alloc(0));
    await expectRows(context, athena, { sql: count(at(empty)), workgroup }, [['0']]);
    await expectRows(context, athena, { sql: count(at(emptied)), workgroup }, [['0']]);
    const all = anyOf([rows, empty, emptied].map(at));
    await expectRows(context, athena, { sql: count(all), workgroup }, [[wanted]]);

    const raw = countQuery(tableName(settings, 'raw', dataset.name), at(empty));
    await expectRefused(context, athena, { sql: raw, workgroup }, 'an analyst');
    const others = { sql: count(at(rows)), workgroup: workgroupName(settings, 'engineer') };
    await expectRefused(context, athena, others, 'an analyst');
    return `${wanted} rows, ${measures.length} measures of ${dataset.columns.length} columns; raw data was refused`;
  },
};

/** A new role is allowed everything some seconds after it may be assumed. */
async function untilAllowed({ until }: SmokeContext, query: () => Promise<unknown>): Promise<void> {
  let last: unknown;
  await until('query that the new role may make', 60, async () => {
    try {
      await query();
      return true;
    } catch (error) {
      last = error;
      return undefined;
    }
  }).catch((error: unknown) => {
    throw last ?? error;
  });
}
