import { Agent } from 'node:http';
import { each } from '../contract/target';
import { send } from './http';

const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=cli/20260615/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;

/** Writes empty objects to a loopback server without the SDK, which would be most of the time that a suite takes. */
export async function fillBucket(port: number, bucket: string, keys: readonly string[]): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization: AUTHORIZATION, 'x-amz-date': '20260615T000000Z', 'content-length': '0' };
  await each(keys, 8, async (key) => {
    expect(await send(port, { method: 'PUT', path: `/${bucket}/${key}`, headers, agent })).toMatchObject({
      status: 200,
    });
  });
  agent.destroy();
}
