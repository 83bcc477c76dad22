import { rawPrefix } from '../../../lib/dataset';
import { GIB, PRICES } from '../../../lib/prices';
import type { StageSettings } from '../../../lib/settings';
import { partitionVersions, RowCounter } from '../../verbs/history/versions';
import type { SmokeCheck } from '../check';
import { runCompaction } from '../compaction-run';
import type { SmokeContext } from '../context';
import { putRows } from '../rows';

const FILES = 8;
const ROWS_PER_FILE = 25;
/** Of one run with a few tasks: planner and compactors together, and their transitions. */
const BILLED_SECONDS = 60;
const TRANSITIONS = 50;

/** What one run of the state machine on a few small files costs at most. */
export const runDollars = ({ compaction: { memoryMiB, architecture } }: StageSettings): number => {
  const { usd } = architecture === 'arm64' ? PRICES.lambdaArm64 : PRICES.lambdaX86;
  return ((memoryMiB * 2 ** 20) / GIB) * BILLED_SECONDS * usd + TRANSITIONS * PRICES.stateTransition.usd;
};

/** The functions run on Lambda, with the native engine, and S3 does what the commit expects of it. Costs one run. */
export const compaction: SmokeCheck = {
  id: 'compaction',
  proves: 'a run that is started by hand turns small files into Parquet, and each row is there once',
  answers: ({ compaction: { architecture } }) => ({
    'AWS::Lambda::Function': architecture === 'arm64' ? ['Amazon Linux and arm64'] : [],
  }),
  permissions: ['states:StartExecution', 'states:DescribeExecution', 's3:PutObject', 'kms:GenerateDataKey'],
  dollars: runDollars,
  async run(context) {
    const { lake, reserved } = context;
    await putRows(context, reserved.rows, { files: FILES, rowsPerFile: ROWS_PER_FILE });
    await runCompaction(context);
    await untilTaken(context, reserved.rows);
    const rows = await rowsIn(context, reserved.rows);
    const wanted = FILES * ROWS_PER_FILE;
    if (rows !== wanted) throw new Error(`the curated partition has ${rows} rows instead of ${wanted}`);
    return `${wanted} rows of ${FILES} files in ${lake.buckets.curated}, ${reserved.dataset.name}/${reserved.rows}`;
  },
};

/** Resolves when nothing waits in a partition: a scheduled run may have been faster, and still be at it. */
export async function untilTaken(
  { lake, reserved, until, isEmulated }: SmokeContext,
  partition: string,
  dataset = reserved.dataset.name,
): Promise<void> {
  await until('empty inbox', isEmulated ? 30 : 300, async () => {
    for await (const _ of lake.store.list(lake.buckets.raw, rawPrefix(dataset, partition))) return undefined;
    return true;
  });
}

/** Rows of a partition, by the footers of the files that its manifest lists. */
export async function rowsIn(
  { lake, reserved: { dataset } }: SmokeContext,
  partition: string,
): Promise<number | undefined> {
  const counter = await RowCounter.open(lake);
  try {
    const [current] = await partitionVersions(lake, { dataset, partition }, counter.count);
    if (current === undefined) throw new Error('the curated partition has no manifest');
    return current.rows;
  } finally {
    await counter.close();
  }
}
