import type { SettingsExtension, StageSettings } from '../settings';
import type { LakeStage } from './lake-stage';

/** An optional part of a lake, such as the ingest tier: its settings, and its stacks beside those of the lake. */
export interface LakeExtension {
  readonly settings: SettingsExtension;
  /** Where its load balancers write their logs, in the bucket of access logs: `StorageStackProps.loadBalancerLogPrefixes`. */
  loadBalancerLogPrefixes(settings: StageSettings): readonly string[];
  /** Adds its stacks to a stage whose settings ask for them. The lake's own are there. */
  addTo(lake: LakeStage): void;
}
