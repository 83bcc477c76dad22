import * as path from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code, type Runtime } from 'aws-cdk-lib/aws-lambda';
import { type BundleOptions, bundle, PROJECT_ROOT } from './bundle';

export interface BundledCodeProps extends Pick<BundleOptions, 'entries' | 'banner' | 'duckdb'> {
  readonly runtime: Runtime;
}

/**
 * Code for a `lambda.Function`, bundled as `bundle()` describes. The first entry holds the handler. Equal props are
 * built once a process, however many stages use them, and not at all when the stack needs no bundling (context
 * `aws:cdk:bundling-stacks`).
 */
export function bundledCode({ runtime, ...props }: BundledCodeProps): AssetCode {
  const [handler] = props.entries;
  const nodeMajor = Number(/^nodejs(\d+)/.exec(runtime.name)?.[1]);
  if (handler === undefined || Number.isNaN(nodeMajor)) {
    throw new Error(`A bundle must have entries and a Node.js run time, but got ${runtime.name}.`);
  }
  return Code.fromAsset(path.join(PROJECT_ROOT, path.dirname(handler)), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-run'), // a required prop; the local bundling below always does the work
      command: [JSON.stringify({ nodeMajor, ...props })], // functions are no part of CDK's cache key, this is
      local: {
        tryBundle(outdir: string): boolean {
          bundle({ projectRoot: PROJECT_ROOT, nodeMajor, outdir, ...props });
          return true;
        },
      },
    },
  });
}
