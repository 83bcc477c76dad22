import { Stack } from 'aws-cdk-lib';
import { CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { dashboardBody } from './body';
import type { Section } from './panels';

export { type DatasetQuery, type Panel, type PlainMetric, type Section, topDatasets } from './panels';
export { lakeSections } from './sections';

export interface OverviewProps {
  /** Unique in the account. */
  readonly name: string;
  readonly title: string;
  /** ARNs of alarms, the most important first; of more than 100 the rest is not shown. */
  readonly alarms: readonly string[];
  readonly sections: readonly Section[];
}

/**
 * The dashboard of a stage.
 *
 * @example
 * ```ts
 * new Overview(stack, 'Overview', {
 *   name: 'lake-dev-overview',
 *   title: 'Data lake, stage dev',
 *   alarms: [],
 *   sections: [
 *     {
 *       question: 'Is data arriving?',
 *       help: 'What each dataset took in.',
 *       panels: [
 *         {
 *           title: 'Rows',
 *           unit: 'rows per hour',
 *           period: 3_600,
 *           metrics: [{ query: 'SELECT SUM(RowsIn) FROM SCHEMA("DataLake/Compaction/lake-dev", Dataset) GROUP BY Dataset' }],
 *         },
 *       ],
 *     },
 *   ],
 * });
 * ```
 */
export class Overview extends Construct {
  constructor(scope: Construct, id: string, { name, ...content }: OverviewProps) {
    super(scope, id);
    const stack = Stack.of(this);
    new CfnDashboard(this, 'Resource', {
      dashboardName: name,
      dashboardBody: stack.toJsonString(dashboardBody({ ...content, region: stack.region })),
    });
  }
}
