import { join } from 'node:path';
import { IgnoreMode, Stack } from 'aws-cdk-lib';
import { type IRepository, Repository } from 'aws-cdk-lib/aws-ecr';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import type { Construct } from 'constructs';
import type { IngestSettings } from '../settings';

const PROJECT = join(__dirname, '..', '..', '..');

export interface GatewayImage {
  readonly repository: IRepository;
  /** Names one image for good: by its digest, or by a tag that is the hash of its sources. */
  readonly uri: string;
}

/**
 * The image that the stage names, or one that the CDK builds from `ingest/gateway` when it deploys.
 *
 * @example
 * ```ts
 * const image = gatewayImage(stack, 'Image', ingest);
 * image.repository.grantPull(producer);
 * ```
 */
export function gatewayImage(scope: Construct, id: string, { image }: IngestSettings): GatewayImage {
  if (image !== undefined) {
    const repository = Repository.fromRepositoryName(scope, id, image.repository);
    return { repository, uri: repository.repositoryUriForDigest(image.digest) };
  }
  const asset = new DockerImageAsset(scope, id, {
    displayName: `Ingest gateway of ${Stack.of(scope).stackName}`,
    directory: PROJECT,
    file: 'ingest/gateway/Dockerfile',
    ignoreMode: IgnoreMode.DOCKER, // by .dockerignore, so that only sources of the gateway make a new image
    platform: Platform.LINUX_ARM64,
  });
  return { repository: asset.repository, uri: asset.imageUri };
}
