import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../../environment';
import { type Assembly, AssemblyError, readAssembly } from './assembly';
import { at } from './template';

export interface Synthesis {
  /** Folder with `cdk.json`. */
  readonly project: string;
  readonly stage: string;
}

/**
 * Runs the app as the CDK's command line does, into a temporary folder. Functions are not bundled: nothing here looks at
 * their code, and so it takes seconds and needs no network.
 *
 * @throws AssemblyError with what the app said when it fails
 */
export async function synthesize({ project, stage }: Synthesis): Promise<Assembly> {
  const cdk: unknown = JSON.parse(await readFile(join(project, 'cdk.json'), 'utf8'));
  const output = await mkdtemp(join(tmpdir(), 'preflight-'));
  try {
    await runApp(String(at(cdk, ['app'])), project, {
      CDK_OUTDIR: output,
      CDK_CONTEXT_JSON: JSON.stringify({
        ...(at(cdk, ['context']) ?? {}),
        stage,
        'aws:cdk:bundling-stacks': [],
      }),
    });
    return readAssembly(output, stage);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

/** The app decides by `-c stage` which stages it builds; credentials are none of its business. */
async function runApp(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const said: Buffer[] = [];
  const child = spawn(command, {
    cwd,
    shell: true,
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return;
  const text = Buffer.concat(said).toString('utf8').trimEnd();
  throw new AssemblyError(`The app cannot be synthesized (\`${command}\` ended with ${String(code)}):\n${text}`);
}
