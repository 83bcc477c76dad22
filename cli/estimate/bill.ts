import {
  ATHENA_MINIMUM_BYTES,
  CRAWL_MINIMUM_HOURS,
  DAYS_PER_MONTH,
  GIB,
  HOURS_PER_MONTH,
  PRICES,
  scanDollars,
} from '../../lib/prices';
import { count, bytes as size } from '../format';
import { ESTIMATED_STAGE, type Figures } from './figures';
import { ASSUMED, SHAPE } from './measured';
import { datasetOf, type Workload } from './workload';

const { memoryMiB, ephemeralStorageMiB, architecture } = ESTIMATED_STAGE.compaction;
const { noncurrentDays: NONCURRENT_DAYS, logDays: LOG_DAYS } = ESTIMATED_STAGE.retention;

/** A line of the bill of a month. */
export interface Part {
  readonly part: string;
  readonly dollars: number;
  /** What is counted, in words. */
  readonly of: string;
}

/** The bill of a month of 30.4 days, when what is kept has reached its full size. */
export function billOf(workload: Workload, figures: Figures): readonly Part[] {
  const month = DAYS_PER_MONTH;
  const { retention, compaction } = datasetOf(workload);
  const replacedDays = compaction.graceHours / 24 + NONCURRENT_DAYS;
  const raw = figures.rawBytes * retention.rawNoncurrentDays;
  const curated = figures.parquetBytes * workload.keptDays;
  const replaced = figures.mergedBytes * replacedDays;
  const stored = (bytes: number): number => (bytes / GIB) * PRICES.s3Standard.usd;
  const writes = figures.writes * month;
  const reads = figures.reads * month;
  const requests = figures.objects * month + writes + reads;
  const tasks = figures.tasks * month;
  const runs = figures.runs * month;
  const queries = workload.queriesPerDay * month;
  const billed = queries * Math.max(figures.queryBytes, ATHENA_MINIMUM_BYTES);
  const transitions = figures.transitions * month;
  const logs = (tasks * ASSUMED.logBytesPerTask + runs * ASSUMED.logBytesPerRun) / 1e9;
  const watched = (workload.freshness ? SHAPE.watched.freshness : 0) + (workload.iceberg ? SHAPE.watched.iceberg : 0);
  const metrics =
    1 + workload.datasets * (SHAPE.metrics.planner + (figures.objects > 0 ? SHAPE.metrics.tasks : 0) + watched);
  const alarms = workload.datasets * (SHAPE.alarmsPerDataset + watched) + SHAPE.alarmsPerLake;
  const crawls = CRAWL_MINIMUM_HOURS * ASSUMED.crawlerUnits * month;
  return [
    {
      part: 'S3 storage',
      dollars: stored(raw + curated + replaced),
      of: `curated ${size(curated)} (${count(workload.keptDays)} days), raw ${size(raw)} and replaced files ${size(replaced)} as noncurrent versions`,
    },
    {
      part: "producers' PUTs",
      dollars: figures.objects * month * PRICES.s3Write.usd,
      of: `${count(figures.objects * month)} objects`,
    },
    {
      part: "compaction's S3 requests",
      dollars: writes * PRICES.s3Write.usd + reads * PRICES.s3Read.usd,
      of: `${count(reads)} GETs; ${count(writes)} LISTs and PUTs`,
    },
    {
      part: 'Lambda',
      dollars:
        lambda(figures.lambdaSeconds, memoryMiB, ephemeralStorageMiB, month) +
        lambda(figures.plannerSeconds, SHAPE.plannerMiB, SHAPE.includedStorageMiB, month) +
        (tasks + runs) * PRICES.lambdaRequest.usd,
      of: `${count(figures.lambdaSeconds * month)} s of compactors, ${count(figures.plannerSeconds * month)} s of planners, ${architecture}`,
    },
    {
      part: 'Step Functions',
      dollars: transitions * PRICES.stateTransition.usd,
      of: `${count(transitions)} state transitions, ${count(tasks)} tasks`,
    },
    {
      part: 'Athena',
      dollars: scanDollars(billed),
      of: `${count(queries)} queries of ${size(figures.queryBytes)}${figures.queryBytes < ATHENA_MINIMUM_BYTES ? `, billed as ${size(ATHENA_MINIMUM_BYTES)}` : ''}`,
    },
    {
      part: 'query log',
      dollars:
        queries *
        (PRICES.expressRequest.usd + ASSUMED.queryLogGBSeconds * PRICES.expressDuration.usd + PRICES.s3Write.usd),
      of: 'one object for each query',
    },
    {
      part: 'KMS',
      dollars: SHAPE.keys * PRICES.kmsKey.usd + requests * ASSUMED.kmsShare * PRICES.kmsRequest.usd,
      of: `${SHAPE.keys} keys; 1 of 100 S3 requests, with bucket keys`,
    },
    {
      part: 'CloudWatch',
      dollars:
        metrics * PRICES.metric.usd +
        alarms * PRICES.alarm.usd +
        SHAPE.dashboards * PRICES.dashboard.usd +
        logs * (PRICES.logIngestion.usd + (LOG_DAYS / month) * PRICES.logStorage.usd),
      of: `${metrics} metrics, ${alarms} alarms, ${SHAPE.dashboards} dashboard, ${size(logs * 1e9)} of logs`,
    },
    {
      part: 'Glue crawler',
      dollars: crawls * PRICES.crawlerDpuHour.usd,
      of: 'one crawl per day, billed for the minimum of ten minutes',
    },
    ...(workload.ingest ? [ingestTier()] : []),
  ];
}

function lambda(seconds: number, memory: number, storage: number, days: number): number {
  const perGB = (architecture === 'arm64' ? PRICES.lambdaArm64 : PRICES.lambdaX86).usd;
  const more = (storage - SHAPE.includedStorageMiB) * PRICES.lambdaStorage.usd;
  return (seconds * days * (memory * perGB + more)) / 1024;
}

/** What stands, of the ingest tier as `prod` has it: ingest/docs/infrastructure.md#costs. */
export function ingestParts(): readonly Part[] {
  const hours = HOURS_PER_MONTH;
  return [
    {
      part: 'instances',
      dollars: 2 * (hours * PRICES.c7gMedium.usd + 8 * PRICES.gp3.usd),
      of: 'two c7g.medium with 8 GB of gp3 each',
    },
    {
      part: 'load balancer',
      dollars: hours * (PRICES.loadBalancer.usd + 2 * PRICES.publicAddress.usd),
      of: 'with two public addresses, without capacity units',
    },
    {
      part: 'endpoints',
      dollars: 8 * 2 * hours * PRICES.interfaceEndpoint.usd,
      of: 'eight interface endpoints in two zones (`endpoints: false` removes them; traffic then uses NAT)',
    },
    {
      part: 'NAT',
      dollars: hours * (PRICES.natGateway.usd + PRICES.publicAddress.usd),
      of: "one gateway with its address (`nat: 'none'` saves it)",
    },
    {
      part: 'Valkey',
      dollars: 2 * hours * PRICES.valkeyT4gSmall.usd,
      of: "two cache.t4g.small (`store: 'memory'` saves them)",
    },
    {
      part: 'WAF',
      dollars: PRICES.wafAcl.usd + 5 * PRICES.wafRule.usd,
      of: 'a web ACL of five rules, without requests',
    },
    {
      part: 'issuer',
      dollars: 2 * PRICES.tokenClient.usd + 1_440 * PRICES.tokenRequest.usd,
      of: 'two producers with tokens of one hour (`token` removes it)',
    },
    {
      part: 'CloudWatch',
      dollars: 2 * 7 * PRICES.metric.usd + 14 * PRICES.alarm.usd + PRICES.secret.usd,
      of: 'detailed monitoring of two instances, alarms; a secret',
    },
  ];
}

const ingestTier = (): Part => ({
  part: 'ingest tier',
  dollars: ingestParts().reduce((sum, { dollars }) => sum + dollars, 0),
  of: 'fixed costs, without load',
});

export const totalOf = (parts: readonly Part[]): number => parts.reduce((sum, { dollars }) => sum + dollars, 0);
