import type { StageSettings } from '../../lib/settings';
import { isNoStack } from '../preflight/aws/errors';

/** A part of the stage is not there. */
export class NotDeployed extends Error {
  override readonly name = 'NotDeployed';
}

/** The answer about a stack. @throws NotDeployed with what to do when there is no such stack */
export async function ifDeployed<T>(call: Promise<T>, stack: string, { name }: StageSettings): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!isNoStack(error)) throw error;
    throw new NotDeployed(
      `the stack ${stack} is not deployed here: npx cdk deploy -c stage=${name} '${name}/*', and look whether AWS_REGION is right`,
      { cause: error },
    );
  }
}

/** Athena has one error for every invalid request, and tells in its text that there is none of a name. */
export const isNoWorkgroup = (error: unknown): boolean =>
  error instanceof Error && /workgroup\b.*(?:not found|does not exist)/is.test(error.message);

/** The answer about a workgroup. @throws NotDeployed with what to do when there is no such workgroup */
export async function ifInWorkgroup<T>(call: Promise<T>, workgroup: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!isNoWorkgroup(error)) throw error;
    throw new NotDeployed(
      `Athena has no workgroup ${workgroup} in this region: deploy the query stack of the stage again, and look whether AWS_REGION is right`,
      { cause: error },
    );
  }
}
