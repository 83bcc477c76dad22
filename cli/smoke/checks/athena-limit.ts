import { CreateWorkGroupCommand, DeleteWorkGroupCommand, GetWorkGroupCommand } from '@aws-sdk/client-athena';
import { partitionPredicate } from '../../../lib/dataset';
import { resourceName, type StageSettings, WORKGROUP_CLASSES } from '../../../lib/settings';
import { ask, tableName, workgroupName } from '../athena';
import type { SmokeCheck } from '../check';
import type { SmokeContext } from '../context';
import { ifInWorkgroup, isNoWorkgroup } from '../not-deployed';
import { scanQuery } from '../queries';
import { putLarge } from '../rows';
import { NO_ATHENA, queryDollars } from './athena-analyst';

/** The least that Athena takes: https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html */
const LEAST_LIMIT = 10_000_000;
/** Scans of one object of 6 MB, of which each counts. */
const SCANS = 40;
/** A scheduled run may take the object away. */
const TRIES = 3;

/**
 * The deployed workgroups have the limits of the stage, and Athena stops a query at one. It is tried in a workgroup of the
 * smoke test with the configuration of the analysts' and the least limit. Costs the scan of a quarter of a GB.
 */
export const athenaLimit: SmokeCheck = {
  id: 'athena-limit',
  proves: 'each workgroup has the scan limit of the stage, and Athena stops a query at its limit',
  answers: { 'AWS::Athena::WorkGroup': ['that Athena stops a query at the scan limit'] },
  permissions: [
    ...['athena:GetWorkGroup', 'athena:CreateWorkGroup', 'athena:DeleteWorkGroup', 's3:PutObject'],
    ...['athena:StartQueryExecution', 'athena:GetQueryExecution', 'glue:GetTable', 'kms:GenerateDataKey'],
  ],
  notEmulated: NO_ATHENA,
  dollars: () => queryDollars(25 * TRIES),
  remove: removeLimit,
  async run(context) {
    const { clients, settings, reserved } = context;
    for (const one of WORKGROUP_CLASSES) {
      const limit = (await configurationOf(context, one)).BytesScannedCutoffPerQuery;
      const declared = Math.round(settings.query[one].scanLimitGB * 1e9);
      if (limit !== declared)
        throw new Error(`${workgroupName(settings, one)} stops at ${limit} instead of ${declared} bytes`);
    }
    const { athena } = clients;
    const workgroup = limitName(settings);
    await removeLimit(context);
    await athena.send(
      new CreateWorkGroupCommand({
        Name: workgroup,
        Description: `Smoke test of stage ${settings.name}: deleted when it ends`,
        Configuration: {
          ...(await configurationOf(context, 'analyst')),
          BytesScannedCutoffPerQuery: LEAST_LIMIT,
          PublishCloudWatchMetricsEnabled: false,
        },
      }),
    );
    try {
      const table = tableName(settings, 'raw', reserved.dataset.name);
      const sql = scanQuery(table, partitionPredicate(reserved.dataset, reserved.large), SCANS);
      for (let tried = 1; tried <= TRIES; tried++) {
        const object = await putLarge(context);
        const { state, reason, bytes } = await ask(context, athena, { sql, workgroup });
        if (state === 'CANCELLED' || state === 'FAILED') {
          if (/bytes scanned limit/i.test(reason)) return `stopped after ${bytes} bytes of ${object * SCANS}`;
          throw new Error(`the query ended as ${state} for another reason than its limit: ${reason}`);
        }
        if (bytes > LEAST_LIMIT) throw new Error(`a query scanned ${bytes} bytes where ${LEAST_LIMIT} are the limit`);
      }
      throw new Error(`the object was compacted before it could be scanned, ${TRIES} times`);
    } finally {
      await removeLimit(context);
    }
  },
};

async function configurationOf(
  { clients, settings }: SmokeContext,
  workgroupClass: (typeof WORKGROUP_CLASSES)[number],
) {
  const name = workgroupName(settings, workgroupClass);
  const { WorkGroup } = await ifInWorkgroup(clients.athena.send(new GetWorkGroupCommand({ WorkGroup: name })), name);
  return WorkGroup?.Configuration ?? {};
}

const limitName = (settings: StageSettings): string => resourceName(settings, 'smoke');

/** Deletes the workgroup of the smoke test, if there is one. */
async function removeLimit({ clients, settings }: Pick<SmokeContext, 'clients' | 'settings'>): Promise<void> {
  try {
    await clients.athena.send(
      new DeleteWorkGroupCommand({ WorkGroup: limitName(settings), RecursiveDeleteOption: true }),
    );
  } catch (error) {
    if (!isNoWorkgroup(error)) throw error;
  }
}
