import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { type S3Server, type S3ServerOptions, startS3Server } from '../../src';
import { temporaryFolder } from './folder';

const servers: S3Server[] = [];
const clients: S3Client[] = [];

export const CREDENTIALS = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'a secret' };

/** A server on a folder of its own (or the given one), closed after the test. */
export async function serve(options: Partial<S3ServerOptions> = {}): Promise<S3Server> {
  const server = await startS3Server({ root: options.root ?? temporaryFolder(), buckets: { bucket: {} }, ...options });
  servers.push(server);
  return server;
}

export function connect(server: S3Server, config: S3ClientConfig = {}): S3Client {
  const client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: CREDENTIALS,
    maxAttempts: 1,
    ...config,
  });
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
