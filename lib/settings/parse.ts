import type { Problem } from '../dataset/problems';
import { resolveAccess } from './access';
import { resolveDelivery } from './delivery';
import { resolveEmails } from './emails';
import { SettingsError } from './errors';
import type { SettingsExtension } from './extension';
import { resolveManyDatasets } from './many-datasets';
import {
  type CompactionSettingsDefinition,
  type CrawlerDefinition,
  LAMBDA_ARCHITECTURES,
  type RetentionDefinition,
  SCHEMA_POLICIES,
  type StageDefinition,
  type StageSettings,
  WORKGROUP_CLASSES,
  type WorkgroupClass,
  type WorkgroupLimits,
} from './model';
import { isOfOtherPartition, OTHER_PARTITION } from './partition';
import { checkKeys, inRange, oneOf, type Report, show, switchOf, wholeNumber } from './report';
import { cronProblem, rateProblem } from './schedules';
import { hasShape, stageName } from './shape';

export interface StageSource {
  /** Path of the file, for messages. Its base name must be the stage's name. */
  readonly file: string;
  readonly definition: StageDefinition;
}

/**
 * Periods that CloudWatch Logs accepts as a retention.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const SCAN_LIMIT_GB: Readonly<Record<WorkgroupClass, number>> = { analyst: 100, engineer: 1_000, dashboard: 10 };

/** Validates one stage and fills in the defaults. @throws SettingsError with every mistake */
export const parseStage = (
  definition: StageDefinition,
  extensions: readonly SettingsExtension[] = [],
  file = `config/stages/${definition.name}.ts`,
): StageSettings => parseStages([{ file, definition }], extensions)[0] as StageSettings;

/**
 * Validates all stages together.
 *
 * @param extensions what a stage may have besides
 * @param others mistakes of files that could not be loaded, to be reported with the rest
 * @throws SettingsError with every mistake of all of them
 */
export function parseStages(
  sources: readonly StageSource[],
  extensions: readonly SettingsExtension[] = [],
  others: readonly Problem[] = [],
): StageSettings[] {
  const problems: Problem[] = [...others];
  const seen = new Map<string, string>();
  const stages = sources.flatMap(({ file, definition }) => {
    const report: Report = (field, problem, fix) =>
      problems.push({ file, subject: stageName(definition), field, problem, fix });
    // A value of the wrong shape cannot be checked any further.
    if (!hasShape(definition, extensions, report)) return [];
    const first = seen.get(definition.name);
    if (first !== undefined) report('name', `is used by ${first} too`, 'give every stage its own name');
    seen.set(definition.name, file);
    checkFileName(file, definition.name, report);
    return [resolve(definition, extensions, report)];
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return stages;
}

function resolve(definition: StageDefinition, extensions: readonly SettingsExtension[], report: Report): StageSettings {
  checkKeys(definition, [...STAGE_KEYS, ...extensions.flatMap(({ keys }) => keys)], '', report);
  checkName('name', definition.name, 12, report);
  const prefix = definition.prefix ?? 'lake';
  checkName('prefix', prefix, 16, report);
  checkEnvironment(definition, report);
  checkTags(definition.tags ?? {}, report);
  oneOf('dataRemoval', definition.dataRemoval ?? 'retain', ['retain', 'delete'], report);
  oneOf('schemaChanges', definition.schemaChanges ?? 'evolve', SCHEMA_POLICIES, report);
  const tls13Floor = definition.tls13Floor ?? true;
  if (typeof tls13Floor !== 'boolean') report('tls13Floor', `is ${show(tls13Floor)}`, 'write true or false');
  const dashboard = definition.dashboard ?? true;
  switchOf('dashboard', dashboard, report);
  if (definition.monthlyBudget !== undefined) inRange('monthlyBudget', definition.monthlyBudget, 1, 10_000_000, report);
  const own = {
    name: definition.name,
    prefix,
    account: definition.account,
    region: definition.region,
    tags: definition.tags ?? {},
    retention: resolveRetention(definition.retention ?? {}, report),
    dataRemoval: definition.dataRemoval ?? 'retain',
    schemaChanges: definition.schemaChanges ?? 'evolve',
    tls13Floor,
    query: resolveQuery(definition.query ?? {}, report),
    compaction: resolveCompaction(definition.compaction ?? {}, report),
    crawler: resolveCrawler(definition.crawler ?? {}, report),
    dashboard,
    monthlyBudget: definition.monthlyBudget,
    access: resolveAccess(definition.access ?? {}, report),
    delivery: resolveDelivery(definition.delivery ?? {}, report),
    manyDatasets: resolveManyDatasets(definition.manyDatasets, report),
    alarmEmails: resolveEmails('alarmEmails', definition.alarmEmails ?? [], report),
  };
  return Object.assign(own, ...extensions.map((extension) => extension.resolve(definition, report))) as StageSettings;
}

const STAGE_KEYS = [
  ...[
    'name',
    'prefix',
    'account',
    'region',
    'tags',
    'retention',
    'dataRemoval',
    'schemaChanges',
    'tls13Floor',
    'query',
  ],
  ...['compaction', 'crawler', 'dashboard', 'monthlyBudget', 'alarmEmails', 'access', 'delivery', 'manyDatasets'],
];

function resolveRetention(given: RetentionDefinition, report: Report): Required<RetentionDefinition> {
  const defaults = {
    logDays: 90,
    accessLogDays: 365,
    resultDays: 7,
    quarantineDays: 90,
    noncurrentDays: 30,
    planDays: 14,
  };
  checkKeys(given, Object.keys(defaults), 'retention.', report);
  const retention = { ...defaults, ...given };
  for (const [name, days] of Object.entries(retention)) wholeNumber(`retention.${name}`, days, 1, 36_500, report);
  if (!LOG_DAYS.includes(retention.logDays)) {
    report('retention.logDays', `is ${show(retention.logDays)}`, `write one of ${LOG_DAYS.join(', ')}`);
  }
  return retention;
}

function resolveQuery(
  given: NonNullable<StageDefinition['query']>,
  report: Report,
): Readonly<Record<WorkgroupClass, Required<WorkgroupLimits>>> {
  checkKeys(given, WORKGROUP_CLASSES, 'query.', report);
  const limits = (group: WorkgroupClass): Required<WorkgroupLimits> => {
    const own = given[group] ?? {};
    checkKeys(own, ['scanLimitGB', 'dailyAlarmGB'], `query.${group}.`, report);
    const scanLimitGB = own.scanLimitGB ?? SCAN_LIMIT_GB[group];
    const dailyAlarmGB = own.dailyAlarmGB ?? 10 * scanLimitGB;
    inRange(`query.${group}.scanLimitGB`, scanLimitGB, 0.01, 7_000_000, report);
    // An alarm that a single allowed query can trigger is useless.
    if (own.dailyAlarmGB !== undefined)
      inRange(`query.${group}.dailyAlarmGB`, dailyAlarmGB, scanLimitGB, 70_000_000, report);
    return { scanLimitGB, dailyAlarmGB };
  };
  return { analyst: limits('analyst'), engineer: limits('engineer'), dashboard: limits('dashboard') };
}

function resolveCompaction(given: CompactionSettingsDefinition, report: Report): StageSettings['compaction'] {
  const defaults = {
    schedule: 'rate(15 minutes)',
    maintenanceSchedule: 'cron(30 2 * * ? *)',
    maxConcurrency: 5,
    memoryMiB: 3_008,
    ephemeralStorageMiB: 10_240,
    architecture: 'arm64' as const,
    reservedConcurrency: undefined,
  };
  checkKeys(given, Object.keys(defaults), 'compaction.', report);
  const compaction = { ...defaults, ...given };
  checkSchedule('compaction.schedule', compaction.schedule, report);
  checkSchedule('compaction.maintenanceSchedule', compaction.maintenanceSchedule, report);
  wholeNumber('compaction.maxConcurrency', compaction.maxConcurrency, 1, 1_000, report);
  wholeNumber('compaction.memoryMiB', compaction.memoryMiB, 1_769, 10_240, report);
  wholeNumber('compaction.ephemeralStorageMiB', compaction.ephemeralStorageMiB, 2_048, 10_240, report);
  oneOf('compaction.architecture', compaction.architecture, LAMBDA_ARCHITECTURES, report);
  if (compaction.reservedConcurrency !== undefined) {
    wholeNumber('compaction.reservedConcurrency', compaction.reservedConcurrency, 1, 1_000, report);
    if (compaction.reservedConcurrency < compaction.maxConcurrency) {
      report(
        'compaction.reservedConcurrency',
        `is ${compaction.reservedConcurrency}, below maxConcurrency, so tasks would be throttled`,
        `write ${compaction.maxConcurrency} or more, or lower maxConcurrency`,
      );
    }
  }
  return compaction;
}

function resolveCrawler(given: CrawlerDefinition, report: Report): Required<CrawlerDefinition> {
  checkKeys(given, ['mode', 'schedule'], 'crawler.', report);
  const crawler = { mode: 'schedule' as const, schedule: 'cron(0 5 * * ? *)', ...given };
  oneOf('crawler.mode', crawler.mode, ['off', 'schedule', 'event'], report);
  const problem = cronProblem(String(crawler.schedule));
  if (problem !== undefined)
    report('crawler.schedule', `${show(crawler.schedule)} ${problem}`, "write 'cron(0 5 * * ? *)'");
  return crawler;
}

function checkEnvironment({ account, region }: StageDefinition, report: Report): void {
  if (account !== undefined && !(typeof account === 'string' && /^\d{12}$/.test(account))) {
    report('account', `${show(account)} is not an account id`, 'write twelve digits in quotes, or leave it out');
  }
  if (region !== undefined && isOfOtherPartition(region)) {
    report('region', `${show(region)} ${OTHER_PARTITION.problem}`, OTHER_PARTITION.fix);
  } else if (region !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    report('region', `${show(region)} is not a region`, "write a region such as 'eu-central-1', or leave it out");
  }
}

function checkTags(tags: Readonly<Record<string, string>>, report: Report): void {
  for (const [key, value] of Object.entries(tags)) {
    if (!/^(?!aws:)[\w\s.:/=+\-@]{1,128}$/i.test(key)) {
      report(`tags.${key}`, 'is not a tag key', "use 1 to 128 letters, digits or _.:/=+-@, not starting with 'aws:'");
    }
    if (typeof value !== 'string' || !/^[\w\s.:/=+\-@]{0,256}$/.test(value)) {
      report(`tags.${key}`, `${show(value)} is not a tag value`, 'use at most 256 letters, digits or _.:/=+-@');
    }
    if (['lake', 'stage'].includes(key)) report(`tags.${key}`, 'is set by the lake itself', 'use another key');
  }
}

function checkFileName(file: string, name: string, report: Report): void {
  const base = /([^/\\]+)\.[jt]s$/.exec(file)?.[1];
  if (base !== name) report('name', `is ${show(name)} in ${file}`, `write '${base ?? name}' or rename the file`);
}

function checkName(field: string, name: unknown, longest: number, report: Report): void {
  const form = new RegExp(`^[a-z](?:[a-z0-9]|-(?!-|$)){0,${longest - 1}}$`);
  if (typeof name !== 'string' || !form.test(name)) {
    report(
      field,
      `${show(name)} is not a valid name`,
      `use 1 to ${longest} lowercase letters, digits and single hyphens, starting with a letter`,
    );
  }
}

function checkSchedule(field: string, expression: unknown, report: Report): void {
  const text = String(expression);
  const problem = text.startsWith('cron') ? cronProblem(text) : rateProblem(text);
  if (problem !== undefined) {
    report(field, `${show(text)} ${problem}`, "write 'rate(15 minutes)' or 'cron(30 2 * * ? *)'");
  }
}
