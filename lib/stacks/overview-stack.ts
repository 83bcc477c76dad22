import { ArnFormat, CfnOutput, Stack, type StackProps, Token } from 'aws-cdk-lib';
import { CfnAlarm, CfnCompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct, IConstruct } from 'constructs';
import { lakeSections, Overview, type Section } from '../constructs/overview';
import { hasIceberg } from '../dataset/iceberg';
import type { Dataset } from '../dataset/model';
import { resourceName, type StageSettings, WORKGROUP_CLASSES } from '../settings';

export interface OverviewStackProps extends StackProps {
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
  /** Of the metrics that the functions of compaction write. */
  readonly compactionNamespace: string;
  /** Everything of the stage whose alarms are shown. */
  readonly lake: IConstruct;
  /** What the optional parts of the stage add. */
  readonly sections: readonly Section[];
}

/**
 * What people look at. It names metrics and alarms, and refers to no resource: it can come and go without another stack.
 *
 * @example
 * ```ts
 * const compactionNamespace = 'DataLake/Compaction/lake-dev';
 * new OverviewStack(app, 'Overview', { settings, datasets, compactionNamespace, lake: app, sections: [] });
 * ```
 */
export class OverviewStack extends Stack {
  constructor(scope: Construct, id: string, props: OverviewStackProps) {
    super(scope, id, props);
    const { settings, datasets } = props;
    const name = resourceName(settings, 'overview');
    const [arriving, ...others] = lakeSections({
      metricNamespace: props.compactionNamespace,
      stateMachineArn: this.formatArn({
        service: 'states',
        resource: 'stateMachine',
        resourceName: resourceName(settings, 'compaction'),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      watchesFreshness: datasets.some(({ freshness }) => freshness !== undefined),
      hasChecks: datasets.some(({ checks }) => checks !== undefined),
      isIceberg: hasIceberg(datasets),
      workgroupNames: WORKGROUP_CLASSES.map((workgroupClass) => resourceName(settings, workgroupClass)),
    });
    new Overview(this, 'Overview', {
      name,
      title: `Data lake, stage ${settings.name}`,
      alarms: alarmNames(props.lake, datasets).map((alarmName) =>
        this.formatArn({
          service: 'cloudwatch',
          resource: 'alarm',
          resourceName: alarmName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ),
      sections: [...(arriving === undefined ? [] : [arriving]), ...props.sections, ...others],
    });
    new CfnOutput(this, 'DashboardUrl', {
      value: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/${name}`,
      description: 'The dashboard of the stage',
    });
  }
}

/** Those of the whole stage first, then those of single datasets: a widget takes 100. */
function alarmNames(lake: IConstruct, datasets: readonly Dataset[]): readonly string[] {
  const names = lake.node
    .findAll()
    .flatMap((node) => (node instanceof CfnAlarm || node instanceof CfnCompositeAlarm ? [node.alarmName] : []))
    .filter((name): name is string => name !== undefined && !Token.isUnresolved(name));
  const isOfDataset = (name: string): boolean => datasets.some((dataset) => name.includes(`-${dataset.name}-`));
  return [...names.filter((name) => !isOfDataset(name)), ...names.filter(isOfDataset)];
}
