import type { App } from 'aws-cdk-lib';
import { addCompliancePacks } from '../compliance/packs';
import type { Dataset } from '../dataset/model';
import type { SettingsExtension, StageSettings } from '../settings';
import { checkCapacity } from './capacity';
import { checkExtensions, type LakeExtension } from './extension';
import { LakeStage } from './lake-stage';

export interface LakeAppProps {
  readonly datasets: readonly Dataset[];
  readonly stages: readonly StageSettings[];
  /** The settings of optional parts with which the stages were read. @default none */
  readonly stageExtensions?: readonly SettingsExtension[];
  /** The same parts with their stacks. @default none */
  readonly extensions?: readonly LakeExtension[];
}

/**
 * Builds every stage into the app, under the compliance packs. What `bin/lake.ts` deploys, whatever the configuration.
 *
 * @throws SettingsError unless the stages were read with the settings of the same optional parts, and hold the datasets
 */
export function buildLakes(app: App, props: LakeAppProps): LakeStage[] {
  const { datasets, stages, stageExtensions = [], extensions = [] } = props;
  checkExtensions(stageExtensions, extensions);
  for (const settings of stages) checkCapacity(settings, datasets);
  const lakes = stages.map((settings) => new LakeStage(app, { settings, datasets, extensions }));
  addCompliancePacks(app);
  return lakes;
}
