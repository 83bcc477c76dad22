import { rmSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { context as featureFlags } from '../../cdk.json';
import { ALLOW_DATA_DELETION } from '../../lib/constructs/removal';
import { LakeStage } from '../../lib/stacks/lake-stage';
import { extensions } from './extensions';
import type { Variant } from './variants';

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

export interface SynthesizedStack {
  /** Id of the stack in its stage: `Storage`. */
  readonly id: string;
  readonly stackName: string;
  readonly template: Template;
}

/**
 * The templates of a variant, as `cdk synth` makes them but for the Lambda assets, which are not bundled. Each resource
 * says where it is in the tree of constructs.
 */
export function synthesize({ settings, datasets, allowDataDeletion = false }: Variant): readonly SynthesizedStack[] {
  const app = new App({
    builtinCloudFormationValidation: false,
    analyticsReporting: false,
    treeMetadata: false,
    context: {
      ...featureFlags,
      'aws:cdk:bundling-stacks': [],
      'aws:cdk:disable-stack-trace': true,
      'aws:cdk:enable-path-metadata': true,
      ...(allowDataDeletion ? { [ALLOW_DATA_DELETION]: settings.name } : {}),
    },
  });
  new LakeStage(app, { settings, datasets, extensions });
  const assembly = app.synth();
  try {
    return assembly.stacksRecursively.map(({ hierarchicalId, stackName, template }) => ({
      id: hierarchicalId.replace(`${settings.name}/`, ''),
      stackName,
      template,
    }));
  } finally {
    rmSync(assembly.directory, { recursive: true, force: true });
  }
}

/**
 * Where a resource is in its stage, `Storage/Raw/Resource`: the same in every stage, and without the digests of logical
 * ids.
 */
export function pathOf(resource: Resource, stageName: string): string {
  const path = resource.Metadata?.['aws:cdk:path'];
  if (typeof path !== 'string') throw new Error(`a resource of ${resource.Type} has no path`);
  return path.startsWith(`${stageName}/`) ? path.slice(stageName.length + 1) : path;
}

/** Every type of resource in some stacks. */
export const resourceTypes = (stacks: readonly SynthesizedStack[]): readonly string[] => [
  ...new Set(stacks.flatMap(({ template }) => Object.values(template.Resources).map(({ Type }) => Type))),
];
