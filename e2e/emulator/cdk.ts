import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatasetDefinition } from '../../lib/dataset';
import type { StageDefinition } from '../../lib/settings';
import { PROJECT_ROOT } from '../tools/project';
import type { RunResult, Supervisor } from '../tools/supervisor';
import type { ProofLake } from './app';
import { type FilteredAssembly, filterAssembly } from './assembly';
import { ACCOUNT, type Emulator, REGION } from './ministack';

const CDK = join(PROJECT_ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

/** Relative to the project, where it is run: the command line would break at a space in a path. */
const APP = 'node --import tsx e2e/emulator/app.ts';

/** No network but the emulator's: neither notices nor usage reports. */
const QUIET = ['--no-notices', '--no-color', '--no-version-reporting'];

export interface SynthesizeOptions {
  readonly stage: StageDefinition;
  /** Beside the shipped ones. @default none */
  readonly datasets?: readonly DatasetDefinition[];
  /** As with `-c`. @default none */
  readonly context?: Readonly<Record<string, string>>;
}

export interface Assembly extends FilteredAssembly {
  readonly folder: string;
}

/** Synthesizes the lake by the app's own code, under the compliance packs, and takes out what the emulator does not know. */
export async function synthesize(supervisor: Supervisor, options: SynthesizeOptions): Promise<Assembly> {
  const { stage, datasets = [], context = {} } = options;
  const folder = supervisor.folder('assembly');
  const input = join(folder, 'lake.json');
  const output = join(folder, 'cdk.out');
  writeFileSync(input, JSON.stringify({ stage, datasets } satisfies ProofLake));
  const synth = ['synth', '--strict', '--quiet', '--app', APP, '--output', output, ...contextArguments(context)];
  const result = await supervisor.run(process.execPath, [CDK, ...synth, ...QUIET], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, PROOF_LAKE: input },
    timeoutSeconds: 300,
  });
  if (result.code !== 0) throw new CdkFailure('synth', result);
  return { folder: output, ...filterAssembly(output) };
}

/** A `cdk` command failed; what it wrote is the message. */
export class CdkFailure extends Error {
  override readonly name = 'CdkFailure';

  constructor(
    command: string,
    readonly result: RunResult,
  ) {
    super(`cdk ${command} failed with exit code ${result.code}:\n${`${result.stdout}${result.stderr}`.slice(-8_000)}`);
  }
}

/** The CDK's command line, talking to one emulator. */
export class EmulatedCdk {
  readonly #supervisor: Supervisor;
  readonly #emulator: Emulator;
  /** Has no cdk.json: in the project, every command but those with `--app` would synthesize the app into its cdk.out. */
  readonly #folder: string;

  constructor(supervisor: Supervisor, emulator: Emulator) {
    this.#supervisor = supervisor;
    this.#emulator = emulator;
    this.#folder = supervisor.folder('cdk');
  }

  /** `cdk bootstrap` of the emulator's account. */
  async bootstrap(): Promise<void> {
    await this.#run('bootstrap', [`aws://${ACCOUNT}/${REGION}`]);
  }

  /** `cdk deploy` of stacks, by default of all. @throws CdkFailure */
  async deploy(assembly: Assembly, stacks: readonly string[] = ['--all']): Promise<string> {
    return await this.#run('deploy', ['--app', assembly.folder, '--require-approval', 'never', '--ci', ...stacks]);
  }

  /** `cdk diff`. @throws CdkFailure */
  async diff(assembly: Assembly, stacks: readonly string[] = []): Promise<string> {
    return await this.#run('diff', ['--app', assembly.folder, '--ci', ...stacks]);
  }

  /** `cdk destroy` of every stack. @throws CdkFailure */
  async destroy(assembly: Assembly, stacks: readonly string[] = ['--all']): Promise<string> {
    return await this.#run('destroy', ['--app', assembly.folder, '--force', '--ci', ...stacks]);
  }

  async #run(command: string, args: readonly string[]): Promise<string> {
    const result = await this.#supervisor.run(process.execPath, [CDK, command, ...args, ...QUIET], {
      cwd: this.#folder,
      env: { PATH: process.env.PATH, ...this.#emulator.environment },
      timeoutSeconds: 300,
    });
    if (result.code !== 0) throw new CdkFailure(command, result);
    return `${result.stdout}${result.stderr}`;
  }
}

const contextArguments = (context: Readonly<Record<string, string>>): string[] =>
  Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
