import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, type NagPack, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { LakeChecks } from './lake-checks';

/** Every pack that each synth runs over every stack. */
export const compliancePacks = (scope: IConstruct): NagPack[] => [
  new AwsSolutionsChecks(scope),
  new NIST80053R5Checks(scope),
  new HIPAASecurityChecks(scope),
  new PCIDSS321Checks(scope),
  new LakeChecks(scope),
];

/** From here on an unacknowledged finding fails the synth. */
export const addCompliancePacks = (app: App): void => Validations.of(app).addPlugins(...compliancePacks(app));
