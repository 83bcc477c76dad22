import { STSClient } from '@aws-sdk/client-sts';
import { type Environment, environment } from '../../environment';

/**
 * The region that the command line works in: AWS_REGION, AWS_DEFAULT_REGION, then the profile's.
 *
 * @returns undefined when nothing names one
 */
export async function configuredRegion(env: Environment = environment()): Promise<string | undefined> {
  const named = [env.AWS_REGION, env.AWS_DEFAULT_REGION].find((name) => name !== undefined && name !== '');
  if (named !== undefined) return named;
  const client = new STSClient({});
  try {
    return await client.config.region();
  } catch {
    return undefined; // the SDK's way of saying that none is configured
  } finally {
    client.destroy();
  }
}
