import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildResult, buildSync } from 'esbuild';
import { datasets } from '../../../config/datasets';
import { datasetsScript } from '../../../lib/dataset/bundle';

const PROJECT = join(__dirname, '..', '..', '..');

/** Oldest version of Node.js that the image's code runs on: that of the project. */
const TARGET = 'node20';

/**
 * Writes what the image holds: `gateway.js`, with all packages and the datasets as of now, `health.js`, and the licences
 * of the packages, in `gateway.js.LEGAL.txt`.
 *
 * @returns the names of the sources that went in, relative to the project
 */
export function bundleImage(folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const results = [
    build('ingest/gateway/main.ts', join(folder, 'gateway.js'), { js: datasetsScript(datasets) }),
    build('ingest/gateway/image/health.ts', join(folder, 'health.js'), {}),
  ];
  return [...new Set(results.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {})))];
}

function build(entry: string, outfile: string, banner: Readonly<Record<string, string>>): BuildResult {
  const result = buildSync({
    absWorkingDir: PROJECT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: TARGET,
    keepNames: true, // names of errors are in logs
    legalComments: 'linked',
    metafile: true,
    banner,
    logLevel: 'error',
  });
  if (!existsSync(outfile)) throw new Error(`${outfile} was not written`);
  return result;
}
