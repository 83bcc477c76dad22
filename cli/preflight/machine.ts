import { execFile } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { environment } from '../environment';

/** What the checks ask of something else than the account: the public DNS, and this machine. */
export interface Machine {
  /** Name servers that the public DNS gives for a zone; none where it knows no such zone. @throws Error when nobody answers */
  nameServers(zone: string): Promise<readonly string[]>;
  /** Why no image can be built here, or undefined when it can. */
  imageBuildProblem(): Promise<string | undefined>;
}

/** DNS of this machine, and the program that the CDK builds images with: `CDK_DOCKER`, or `docker`. */
export const thisMachine: Machine = {
  async nameServers(zone) {
    try {
      return await new Resolver({ timeout: 2_000, tries: 2 }).resolveNs(zone);
    } catch (error) {
      if (['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw error;
    }
  },
  imageBuildProblem() {
    const program = environment().CDK_DOCKER ?? 'docker';
    return new Promise((resolve) => {
      execFile(program, ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 }, (error, _, said) => {
        if (error === null) resolve(undefined);
        else if ((error as NodeJS.ErrnoException).code === 'ENOENT') resolve(`${program} is not installed`);
        else resolve(`${program} does not answer: ${said.trim().split('\n')[0] ?? error.message}`);
      });
    });
  },
};
