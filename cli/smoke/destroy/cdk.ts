import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** What the CDK does with all stacks of a stage. `switches` are its `-c` options. */
export type Cdk = (command: 'deploy' | 'destroy', switches: readonly string[]) => Promise<void>;

/**
 * The second switch, which takes effect with a deployment: what it deploys is deleted with its data. The first is
 * `dataRemoval: 'delete'` of the stage.
 */
export const deletesData = (stage: string): string => `allowDataDeletion=${stage}`;

const ROOT = join(__dirname, '..', '..', '..');
/** A deployment with the ingest tier takes up to half an hour. */
const LONGEST_MILLIS = 3_600_000;

/** The CDK of this project, whose output is shown. @throws Error when it fails, or takes more than an hour */
export const cdkOf =
  (stage: string): Cdk =>
  async (command, switches) => {
    const approved = command === 'deploy' ? ['--require-approval', 'never'] : ['--force'];
    const args = [
      command,
      '-c',
      `stage=${stage}`,
      ...switches.flatMap((one) => ['-c', one]),
      `${stage}/*`,
      ...approved,
    ];
    const cdk = spawn(process.execPath, [join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk'), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: LONGEST_MILLIS,
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      cdk.on('error', reject);
      cdk.on('exit', resolve);
    });
    if (code !== 0) throw new Error(`npx cdk ${args.join(' ')} ended with ${code ?? 'a time-out'}`);
  };
