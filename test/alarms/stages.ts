import { Template } from 'aws-cdk-lib/assertions';
import type { Template as PlainTemplate } from '../../cli/preflight/assembly/template';
import { LakeStage } from '../../lib/stacks/lake-stage';
import { datasets } from '../fixtures/datasets';
import { stages } from '../fixtures/stages';
import { type Alarm, alarmsOf, type Datum, sectionOf, stateOf } from '../support/alarms';
import { stacksOf, testApp } from '../support/cdk';
import { extensions } from '../support/extensions';

export interface ShippedStage {
  readonly name: string;
  readonly templates: readonly PlainTemplate[];
  readonly alarms: readonly Alarm[];
}

const app = testApp();

/** Every stage of the tests, as the app builds it. */
export const shippedStages: readonly ShippedStage[] = stages
  .map((settings) => ({ name: settings.name, lake: new LakeStage(app, { settings, datasets, extensions }) }))
  .map(({ name, lake }) => {
    const templates = stacksOf(lake).map((stack) => Template.fromStack(stack).toJSON() as PlainTemplate);
    return { name, templates, alarms: templates.flatMap(alarmsOf) };
  });

type Properties = Readonly<Record<string, unknown>>;

/** Properties of the resources of one type in all stacks, by logical id. */
export const propertiesOf = ({ templates }: ShippedStage, type: string): Readonly<Record<string, Properties>> =>
  Object.fromEntries(
    templates.flatMap(({ Resources }) =>
      Object.entries(Resources).flatMap(([id, { Type, Properties = {} }]) => (Type === type ? [[id, Properties]] : [])),
    ),
  );

/** Names of the alarms that a section of the runbook explains. */
export const explainedIn = ({ alarms }: ShippedStage, section: string): readonly string[] =>
  alarms
    .filter((alarm) => sectionOf(alarm) === section)
    .map(({ AlarmName }) => AlarmName)
    .sort();

/** Names of the alarms that are in ALARM. An alarm that looks at more periods finds the last one in all of them. */
export const ringing = ({ alarms }: ShippedStage, periods: readonly (readonly Datum[])[]): readonly string[] =>
  alarms
    .filter((alarm) => {
      const missing = Math.max(0, alarm.EvaluationPeriods - periods.length);
      return stateOf(alarm, [...periods, ...Array.from({ length: missing }, () => periods.at(-1) ?? [])]) === 'ALARM';
    })
    .map(({ AlarmName }) => AlarmName)
    .sort();
