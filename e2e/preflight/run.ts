import type { Finding } from '../../cli/preflight/check';
import { fixtureProject } from '../tools/fixture-project';
import type { Supervisor } from '../tools/supervisor';

export interface PreflightRun {
  readonly code: number;
  readonly findings: readonly (Finding & { readonly check: string })[];
  /** What it printed for people. */
  readonly report: string;
}

/** Runs `npm run preflight -- --json -` with options. @throws Error when it prints no JSON */
export async function runPreflight(
  supervisor: Supervisor,
  options: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<PreflightRun> {
  const { code, stdout, stderr } = await supervisor.run(
    'npm',
    ['run', '--silent', 'preflight', '--', '--json', '-', ...options],
    { cwd: fixtureProject(supervisor), env: { PATH: process.env.PATH, ...environment }, timeoutSeconds: 180 },
  );
  try {
    const { findings } = JSON.parse(stdout) as Pick<PreflightRun, 'findings'>;
    return { code, findings, report: stderr };
  } catch {
    throw new Error(`preflight ended with ${code} and printed no JSON:\n${`${stdout}${stderr}`.slice(-4_000)}`);
  }
}

/** `check: what was found`, of one level. */
export const ofLevel = ({ findings }: PreflightRun, level: Finding['level']): readonly string[] =>
  findings.filter((finding) => finding.level === level).map(({ check, found }) => `${check}: ${found}`);
