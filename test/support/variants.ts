// with ingest: begin
import {
  CLOSED_INGEST_STAGE,
  EVERY_INGEST_SWITCH,
  OPEN_INGEST_STAGE,
  OWN_INGEST_STAGE,
} from '../../ingest/test/support/definitions';
// with ingest: end
import { type Dataset, type DatasetDefinition, parseDatasets } from '../../lib/dataset';
import type { StageDefinition, StageSettings } from '../../lib/settings';
import { datasets as shipped } from '../fixtures/datasets';
import { stages } from '../fixtures/stages';
import { deliveredDatasets } from './deliveries';
import { parseStage } from './extensions';

/** A lake whose templates are judged. Between them the variants set every setting, so that each of its branches is seen. */
export interface Variant {
  readonly name: string;
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
  /** Given `-c allowDataDeletion=<stage>` too. @default false */
  readonly allowDataDeletion?: boolean;
}

/** Every setting away from its default, each on the side that adds something to the templates. */
export const EVERY_SWITCH: StageDefinition = {
  name: 'every',
  prefix: 'second-lake',
  account: '123456789012',
  region: 'eu-central-1',
  tags: { 'data-classification': 'internal' },
  retention: {
    logDays: 365,
    accessLogDays: 731,
    resultDays: 3,
    quarantineDays: 180,
    noncurrentDays: 60,
    planDays: 30,
  },
  dataRemoval: 'delete',
  schemaChanges: 'strict',
  tls13Floor: false,
  query: {
    analyst: { scanLimitGB: 0.01, dailyAlarmGB: 5 },
    engineer: { scanLimitGB: 7_000_000 },
    dashboard: { scanLimitGB: 20, dailyAlarmGB: 70_000_000 },
  },
  compaction: {
    schedule: 'cron(0/30 6-20 ? * MON-FRI *)',
    maintenanceSchedule: 'rate(1 day)',
    maxConcurrency: 1_000,
    memoryMiB: 10_240,
    ephemeralStorageMiB: 2_048,
    reservedConcurrency: 1_000,
    architecture: 'x86_64',
  },
  crawler: { mode: 'event', schedule: 'cron(15 0/6 * * ? *)' },
  dashboard: false,
  monthlyBudget: 500,
  alarmEmails: ['data@example.com', 'on-call@example.com'],
  access: {
    admin: { roles: ['arn:aws:iam::123456789012:role/platform'] },
    engineer: { permissionSets: ['DataEngineer'] },
    analyst: { roles: ['arn:aws:iam::210987654321:role/team/analysts'], permissionSets: ['DataAnalyst', 'Product'] },
    dashboard: { roles: ['arn:aws:iam::123456789012:role/dashboards'] },
    ingest: { roles: ['arn:aws:iam::123456789012:role/producer'], datasets: ['orders'] },
    auditor: { permissionSets: ['Auditor'] },
  },
  delivery: { orders: { accounts: ['210987654321'] } },
  ...EVERY_INGEST_SWITCH, // with ingest
};

/** What can be left out is left out. */
const BARE: StageDefinition = { name: 'bare', prefix: 'b', crawler: { mode: 'off' } };

/** Tables in several stacks, one of which is empty, and one form of alarms, queries and policies for all datasets. */
export const MANY_DATASETS: StageDefinition = {
  name: 'many',
  manyDatasets: { stacks: 5, placed: { 0: ['orders'] } },
  delivery: { cloudtrail: { accounts: ['111122223333', '444455556666'] } },
  access: { ingest: { roles: ['arn:aws:iam::123456789012:role/producer'] } },
  ...EVERY_INGEST_SWITCH, // with ingest
};

/** As long as the settings allow. */
export const LONGEST: StageDefinition = {
  ...EVERY_SWITCH,
  name: 'x'.repeat(12),
  prefix: 'y'.repeat(16),
  // The longest name of a region in use.
  region: 'ap-southeast-1',
  // with ingest: begin
  ingest: {
    ...EVERY_INGEST_SWITCH.ingest,
    certificateArn: 'arn:aws:acm:ap-southeast-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000',
  },
  network: { nat: 'one' },
  // with ingest: end
};

/** What only a VPC that exists, one without a way out, and a tier with its own certificate and issuer can show. */
export const OTHER_TIERS: readonly StageDefinition[] = [
  { name: 'existing', ...OPEN_INGEST_STAGE }, // with ingest
  { name: 'closed', ...CLOSED_INGEST_STAGE }, // with ingest
  { name: 'own', ...OWN_INGEST_STAGE }, // with ingest
];

const longName = (first: string, length: number): string => first.padEnd(length, `_${first}`);

/** A dataset with names, texts and lists as long as its checks allow. */
export const LONGEST_DATASET: DatasetDefinition = {
  name: longName('dataset', 64),
  description: 'd'.repeat(2_048),
  columns: [
    { name: longName('moment', 255), type: 'timestamp', notNull: true, comment: 'c'.repeat(255) },
    { name: longName('identity', 255), type: 'string', notNull: true, comment: 'c'.repeat(255) },
    { name: longName('amount', 255), type: 'decimal(38,38)', comment: 'c'.repeat(255) },
  ],
  partition: {
    scheme: 'day',
    from: '2026-01-01',
    to: '2026-12-31',
    leading: [
      {
        name: longName('tenant', 255),
        kind: 'enum',
        values: Array.from({ length: 1_000 }, (_, index) => `${index}-`.padEnd(128, 'v')),
      },
      { name: longName('source', 255), kind: 'injected' },
    ],
  },
  eventTime: longName('moment', 255),
  dedupeKey: [longName('identity', 255)],
  sortBy: [longName('moment', 255)],
  input: { formats: ['ndjson', 'csv'] },
};

const longest = (): readonly Dataset[] => parseDatasets([{ file: 'longest.ts', definition: LONGEST_DATASET }]);

/** The shipped stages, then one for each side of every switch. */
export const VARIANTS: readonly Variant[] = [
  ...stages.map((settings) => ({ name: `stage ${settings.name}`, settings, datasets: shipped })),
  { name: 'every switch turned', settings: parseStage(EVERY_SWITCH), datasets: shipped, allowDataDeletion: true },
  { name: 'nothing that can be left out', settings: parseStage(BARE), datasets: shipped },
  ...OTHER_TIERS.map((definition) => ({
    name: `an ingest tier: ${definition.name}`,
    settings: parseStage(definition),
    datasets: shipped,
    allowDataDeletion: definition.dataRemoval === 'delete',
  })),
  {
    name: 'every service delivers, from here and from elsewhere',
    settings: parseStage({
      name: 'delivered',
      delivery: {
        cloudtrail: { accounts: ['111122223333', '444455556666'] },
        vpc_flow_logs: { accounts: ['444455556666'] },
        alb: { accounts: ['111122223333', '444455556666'] },
      },
    }),
    datasets: deliveredDatasets(),
  },
  {
    name: 'many datasets',
    settings: parseStage(MANY_DATASETS),
    datasets: [...shipped, ...deliveredDatasets(['firehose', 'cloudtrail', 'vpc-flow-logs'])],
  },
  { name: 'the longest names', settings: parseStage(LONGEST), datasets: longest() },
];
