import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError } from '../../command-line';
import { at, type Resource, type Template } from './template';

export interface AssemblyStack {
  readonly name: string;
  readonly template: Template;
  /** Of the template's file. */
  readonly bytes: number;
  readonly terminationProtection: boolean;
  /** Lowest version of the bootstrap stack that deploys it, and the SSM parameter that tells the account's. */
  readonly bootstrap: { readonly version: number; readonly parameter: string } | undefined;
  /** Buckets that its assets are published to, with CloudFormation's placeholders. */
  readonly assetBuckets: readonly string[];
  /** Whether the CDK builds container images for it. */
  readonly buildsImages: boolean;
}

export interface AssemblyResource extends Resource {
  readonly stack: string;
  readonly logicalId: string;
}

/** What `cdk deploy` would deploy for one stage. */
export interface Assembly {
  readonly stacks: readonly AssemblyStack[];
}

/** A folder that is not a cloud assembly, or one without the stage. */
export class AssemblyError extends ExpectedError {
  override readonly name = 'AssemblyError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 2, options);
  }
}

interface Artifact {
  readonly type: string;
  readonly displayName?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/**
 * Reads a cloud assembly, the folder that `cdk synth` writes.
 *
 * @param stage Only its stacks are taken
 * @throws AssemblyError
 */
export function readAssembly(directory: string, stage: string): Assembly {
  const artifacts = Object.values(manifest(directory).artifacts ?? {});
  const assets = new Map(
    artifacts
      .filter(({ type }) => type === 'cdk:asset-manifest')
      .map(({ properties }) => [String(properties?.file), assetsOf(directory, String(properties?.file))]),
  );
  const stacks = artifacts
    .filter(({ type, displayName }) => type === 'aws:cloudformation:stack' && displayName?.startsWith(`${stage}/`))
    .map(({ properties = {} }): AssemblyStack => {
      const file = String(properties.templateFile);
      const parameter = properties.bootstrapStackVersionSsmParameter;
      return {
        name: String(properties.stackName),
        template: json(join(directory, file)) as Template,
        bytes: statSync(join(directory, file)).size,
        terminationProtection: properties.terminationProtection === true,
        bootstrap:
          typeof parameter === 'string'
            ? { version: Number(properties.requiresBootstrapStackVersion), parameter }
            : undefined,
        ...(assets.get(file.replace(/\.template\.json$/, '.assets.json')) ?? NO_ASSETS),
      };
    });
  if (stacks.length === 0) {
    throw new AssemblyError(`${directory} holds no stack of the stage '${stage}': run \`npx cdk synth\` again.`);
  }
  return { stacks };
}

/** Every resource of every stack. */
export const resources = ({ stacks }: Assembly): readonly AssemblyResource[] =>
  stacks.flatMap(({ name, template }) =>
    Object.entries(template.Resources).map(([logicalId, resource]) => ({ ...resource, stack: name, logicalId })),
  );

export const resourcesOfType = (assembly: Assembly, type: string | RegExp): readonly AssemblyResource[] =>
  resources(assembly).filter(({ Type }) => (typeof type === 'string' ? Type === type : type.test(Type)));

/** `AWS::AccountId` and the like, as they are known when the stack is deployed. */
export const fillIn = (
  text: string,
  { partition, account, region }: { partition: string; account: string; region: string },
): string =>
  text
    .replaceAll(`\${AWS::Partition}`, partition)
    .replaceAll(`\${AWS::AccountId}`, account)
    .replaceAll(`\${AWS::Region}`, region);

function manifest(directory: string): { artifacts?: Readonly<Record<string, Artifact>> } {
  try {
    return json(join(directory, 'manifest.json')) as { artifacts?: Record<string, Artifact> };
  } catch (cause) {
    throw new AssemblyError(
      `${directory} is not a cloud assembly: give the folder that \`npx cdk synth\` wrote, cdk.out by default.`,
      { cause },
    );
  }
}

type Assets = Pick<AssemblyStack, 'assetBuckets' | 'buildsImages'>;
const NO_ASSETS: Assets = { assetBuckets: [], buildsImages: false };

function assetsOf(directory: string, file: string): Assets {
  const { files = {}, dockerImages = {} } = json(join(directory, file)) as {
    readonly files?: Readonly<Record<string, unknown>>;
    readonly dockerImages?: Readonly<Record<string, unknown>>;
  };
  const destinations = Object.values(files).flatMap((asset) => Object.values(at(asset, ['destinations']) ?? {}));
  return {
    assetBuckets: [...new Set(destinations.map((destination) => String(at(destination, ['bucketName']))))],
    buildsImages: Object.keys(dockerImages).length > 0,
  };
}

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
