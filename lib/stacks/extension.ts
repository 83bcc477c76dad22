import type { StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Section } from '../constructs/overview';
import type { Dataset } from '../dataset/model';
import { SettingsError, type SettingsExtension, type StageSettings } from '../settings';
import type { StorageStack } from './storage-stack';

/** The lake of a stage as its extensions see it: the scope of their stacks. Implemented by `LakeStage`. */
export interface ExtensibleLake extends Construct {
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
  readonly storage: StorageStack;
  /** Properties of every stack of the stage. */
  stackProps(name: string, description: string): LakeStackProps;
}

export interface LakeStackProps extends Required<Pick<StackProps, 'env' | 'stackName' | 'description'>> {
  readonly settings: StageSettings;
}

/** An optional part of a lake, such as the ingest tier: its settings, and its stacks beside those of the lake. */
export interface LakeExtension {
  readonly settings: SettingsExtension;
  /** Prefixes of the logs of its load balancers in the bucket of access logs: `StorageStackProps.loadBalancerLogPrefixes`. @default nowhere */
  loadBalancerLogPrefixes?(settings: StageSettings): readonly string[];
  /** What the dashboard of a stage that has the part shows of it. @default nothing */
  overview?(settings: StageSettings): readonly Section[];
  /** Adds its stacks to a stage whose settings ask for them. The lake's own stacks already exist. */
  addTo(lake: ExtensibleLake): void;
}

/**
 * The parts whose settings the stages were read with must be those whose stacks are added: a part that is in one list alone would be
 * silently left out of the lake, or out of the checks of its settings.
 *
 * @param read `config/extensions.ts`
 * @param added `bin/lake.ts`
 * @throws SettingsError that names the part and the file that lacks it
 */
export function checkExtensions(read: readonly SettingsExtension[], added: readonly LakeExtension[]): void {
  const problem = (file: string, { keys }: SettingsExtension, other: string, what: string) => ({
    file,
    subject: '(every one)',
    field: keys.join(', '),
    problem: `is a part of the lake in ${other} and not here`,
    fix: `name ${what} in ${file}, or take the part out of ${other}`,
  });
  const settings = added.map((extension) => extension.settings);
  const problems = [
    ...read
      .filter((one) => !settings.includes(one))
      .map((one) => problem('bin/lake.ts', one, 'config/extensions.ts', 'its LakeExtension')),
    ...settings
      .filter((one) => !read.includes(one))
      .map((one) => problem('config/extensions.ts', one, 'bin/lake.ts', 'its settings')),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
}
