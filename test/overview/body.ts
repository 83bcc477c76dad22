import { App } from 'aws-cdk-lib';
import { CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { context as featureFlags } from '../../cdk.json';
import type { DashboardBody } from '../../lib/constructs/overview/body';
import type { Dataset } from '../../lib/dataset';
import type { StageSettings } from '../../lib/settings';
import { LakeStage } from '../../lib/stacks/lake-stage';
import { extensions } from '../support/extensions';

/** What CloudFormation would fill in. */
const PLACE: Readonly<Record<string, string>> = {
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '111122223333',
  'AWS::Partition': 'aws',
};

const filledIn = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, readonly unknown[]] };
  if (join !== undefined) return join[1].map(filledIn).join(join[0]);
  const text = PLACE[Ref ?? ''];
  if (text === undefined) throw new Error(`the body refers to a resource: ${JSON.stringify(value)}`);
  return text;
};

/** The body of a stage's dashboard, as CloudWatch gets it. */
export function bodyOf(settings: StageSettings, datasets: readonly Dataset[]): DashboardBody {
  const app = new App({ analyticsReporting: false, context: { ...featureFlags, 'aws:cdk:bundling-stacks': [] } });
  const { overview } = new LakeStage(app, { settings, datasets, extensions });
  const dashboard = overview?.node.findAll().find((node) => node instanceof CfnDashboard);
  if (overview === undefined || dashboard === undefined) throw new Error(`${settings.name} has no dashboard`);
  return JSON.parse(filledIn(overview.resolve(dashboard.dashboardBody))) as DashboardBody;
}
