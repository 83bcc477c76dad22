import { resourcesOfType } from '../assembly/assembly';
import { type Check, error, type Finding, ok } from '../check';

interface Documented {
  readonly type: string;
  readonly things: string;
  readonly limit: number;
  readonly page: string;
}

/** Quotas far above what a stage has, as AWS documents them. Of saved queries and of alarms it documents none. */
const DOCUMENTED: readonly Documented[] = [
  {
    type: 'AWS::Glue::Table',
    things: 'Glue tables', // of one database
    limit: 200_000,
    page: 'https://docs.aws.amazon.com/general/latest/gr/glue.html',
  },
  {
    type: 'AWS::Athena::WorkGroup',
    things: 'Athena workgroups',
    limit: 1_000,
    page: 'https://docs.aws.amazon.com/athena/latest/ug/service-limits.html',
  },
  {
    type: 'AWS::Scheduler::Schedule',
    things: 'schedules',
    limit: 10_000_000,
    page: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html',
  },
  {
    type: 'AWS::Logs::LogGroup',
    things: 'log groups',
    limit: 1_000_000,
    page: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html',
  },
];

/** Whether the stage alone stays below the quotas that accounts begin with. */
export const resourceCounts: Check = {
  id: 'resource-counts',
  permissions: () => [],
  run({ assembly }) {
    const counted = DOCUMENTED.map((one) => ({ ...one, wanted: resourcesOfType(assembly, one.type).length }));
    const over = counted
      .filter(({ wanted, limit }) => wanted > limit)
      .map(
        ({ wanted, things, limit, page }): Finding =>
          error(`the stage has ${wanted} ${things}, and an account begins with ${limit}`, `Ask for more: ${page}`),
      );
    return over.length > 0 ? over : [ok(counted.map(({ wanted, things }) => `${wanted} ${things}`).join(', '))];
  },
};
