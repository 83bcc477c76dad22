import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { MIB } from '../../dataset/units';
import { type BindingOptions, type BindingTarget, bindingFiles, bindingPackage, duckdbBinding } from './duckdb-binding';

export const PROJECT_ROOT = path.join(__dirname, '..', '..', '..');

/**
 * Lambda's limit on the unzipped size of a function and its layers.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const LAMBDA_UNZIPPED_LIMIT = 250 * MIB;

/** DuckDB's own packages are copied, not bundled: they find the native library by its package name. */
const DUCKDB_PACKAGES = ['@duckdb/node-api', '@duckdb/node-bindings', 'detect-libc'];

export interface BundleOptions {
  /** Folder with `package.json`, `package-lock.json` and `node_modules`. */
  readonly projectRoot: string;
  /**
   * Source files, relative to the project. Each becomes `<name>.js` in one flat folder, so that a handler finds its
   * worker thread in its own folder.
   */
  readonly entries: readonly string[];
  /** An existing folder. */
  readonly outdir: string;
  /** Node's major version at run time. */
  readonly nodeMajor: number;
  /**
   * JavaScript that runs before the first entry, the handler, such as configuration as of synth. Threads get what they need from
   * the handler: otherwise each would parse a thousand datasets again. @default none
   */
  readonly banner?: string;
  /** Adds DuckDB with the native library for this platform. @default without DuckDB */
  readonly duckdb?: BindingTarget;
  /** @default npm */
  readonly install?: BindingOptions['install'];
}

/**
 * Writes a Lambda asset: CommonJS files with source maps, the AWS SDK (the copy of the runtime may change under
 * a deployed function), and DuckDB. No Docker, and no npm once the binding is cached. The same sources give the same
 * bytes in any folder on any machine, so that a deployment changes a function only when its code has changed.
 *
 * @returns the unzipped size in bytes
 * @throws when a source does not compile, the binding is missing, or the asset exceeds what Lambda accepts.
 */
export function bundle(options: BundleOptions): number {
  writeCode(options);
  if (options.duckdb !== undefined) {
    copyDuckdb(options, options.duckdb);
  }
  const bytes = folderBytes(options.outdir);
  if (bytes > LAMBDA_UNZIPPED_LIMIT) {
    throw new Error(`The bundle of ${options.entries[0]} must be at most 250 MiB unzipped, but is ${bytes} bytes.`);
  }
  return bytes;
}

function writeCode({ entries: [handler, ...threads], banner, ...options }: BundleOptions): void {
  if (handler !== undefined)
    writeEntries({ ...options, entries: [handler], ...(banner === undefined ? {} : { banner }) });
  if (threads.length > 0) writeEntries({ ...options, entries: threads });
}

function writeEntries({ projectRoot, entries, outdir, nodeMajor, banner }: BundleOptions): void {
  const result = buildSync({
    absWorkingDir: projectRoot,
    entryPoints: [...entries],
    entryNames: '[name]',
    // Nothing is written there: paths in comments and source maps are relative to it, hence the same in every clone.
    outdir: path.join(projectRoot, 'asset'),
    write: false,
    bundle: true,
    preserveSymlinks: true, // a linked node_modules is named as it is seen, not as it lies on this machine
    platform: 'node',
    format: 'cjs',
    target: `node${nodeMajor}`,
    keepNames: true, // error names reach the state machine's Retry and Catch
    sourcemap: true,
    sourcesContent: false,
    external: ['@duckdb/*'],
    ...(banner === undefined ? {} : { banner: { js: banner } }),
    logLevel: 'silent', // errors are thrown, with their text
  });
  for (const file of result.outputFiles) {
    fs.writeFileSync(path.join(outdir, path.basename(file.path)), file.contents);
  }
}

function copyDuckdb(options: BundleOptions, target: BindingTarget): void {
  const { projectRoot, outdir, install } = options;
  const modules = path.join(outdir, 'node_modules');
  for (const name of DUCKDB_PACKAGES) {
    const from = path.join(projectRoot, 'node_modules', name);
    fs.cpSync(from, path.join(modules, name), { recursive: true, dereference: true, filter: isRuntimeFile });
  }
  const binding = duckdbBinding({ projectRoot, target, ...(install === undefined ? {} : { install }) });
  const to = path.join(modules, bindingPackage(target));
  fs.mkdirSync(to, { recursive: true });
  for (const file of bindingFiles(binding)) {
    fs.copyFileSync(path.join(binding, file), path.join(to, file));
  }
}

/** Keeps code, manifests and licences; drops documentation, types and maps. */
function isRuntimeFile(file: string): boolean {
  return fs.statSync(file).isDirectory() || /(\.(js|cjs|json)|LICENSE)$/.test(file);
}

function folderBytes(folder: string): number {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((bytes, entry) => bytes + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
}
