import type { App } from 'aws-cdk-lib';
import { addCompliancePacks } from '../compliance/packs';
import type { Dataset } from '../dataset/model';
import type { StageSettings } from '../settings';
import { LakeStage } from './lake-stage';

export interface LakeAppProps {
  readonly datasets: readonly Dataset[];
  readonly stages: readonly StageSettings[];
}

/** Builds every stage into the app, under the compliance packs. What `bin/lake.ts` deploys, whatever the configuration. */
export function buildLakes(app: App, { datasets, stages }: LakeAppProps): LakeStage[] {
  const lakes = stages.map((settings) => new LakeStage(app, { settings, datasets }));
  addCompliancePacks(app);
  return lakes;
}
