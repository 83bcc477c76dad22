import type { App } from 'aws-cdk-lib';
import { addCompliancePacks } from '../compliance/packs';
import type { Dataset } from '../dataset/model';
import type { StageSettings } from '../settings';
import type { LakeExtension } from './extension';
import { LakeStage } from './lake-stage';

export interface LakeAppProps {
  readonly datasets: readonly Dataset[];
  readonly stages: readonly StageSettings[];
  /** Parts that the stages may have besides. @default none */
  readonly extensions?: readonly LakeExtension[];
}

/** Builds every stage into the app, under the compliance packs. What `bin/lake.ts` deploys, whatever the configuration. */
export function buildLakes(app: App, { datasets, stages, extensions = [] }: LakeAppProps): LakeStage[] {
  const lakes = stages.map((settings) => new LakeStage(app, { settings, datasets, extensions }));
  addCompliancePacks(app);
  return lakes;
}
