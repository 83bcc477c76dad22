/** Until when a bucket keeps what was erased, by its lifecycle rules. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type LifecycleRule, S3Client } from '@aws-sdk/client-s3';
import { guard } from '../../preflight/aws/guard';
import { noncurrentDays, noncurrentDaysOf } from '../../verbs/erase/lifecycle';

const rule = (days: number, more: Partial<LifecycleRule> = {}): LifecycleRule => ({
  Status: 'Enabled',
  Filter: { Prefix: '' },
  NoncurrentVersionExpiration: { NoncurrentDays: days },
  ...more,
});

test.each<[string, LifecycleRule[], number | null]>([
  ['one rule', [rule(30)], 30],
  ['the shortest counts', [rule(30), rule(7, { Filter: { Prefix: 'raw/events/' } })], 7],
  ['of another dataset', [rule(30), rule(7, { Filter: { Prefix: 'raw/other/' } })], 30],
  ['of a part of the dataset', [rule(7, { Filter: { Prefix: 'raw/events/year=2026/' } })], null],
  ['an old form', [{ Status: 'Enabled', Prefix: 'raw/', NoncurrentVersionExpiration: { NoncurrentDays: 9 } }], 9],
  ['switched off', [rule(30, { Status: 'Disabled' })], null],
  ['of tagged objects', [rule(30, { Filter: { Tag: { Key: 'a', Value: 'b' } } })], null],
  ['of large objects', [rule(30, { Filter: { And: { Prefix: 'raw/', ObjectSizeGreaterThan: 9 } } })], null],
  ['of both', [rule(30, { Filter: { And: { Prefix: 'raw/' } } })], 30],
  [
    'that keeps versions',
    [rule(30, { NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 2 } })],
    null,
  ],
  ['of current objects', [{ Status: 'Enabled', Expiration: { Days: 3 } }], null],
  ['none', [], null],
])('%s', (_, rules, days) => {
  expect(noncurrentDays(rules, 'raw/events/')).toBe(days);
});

const answers: Record<string, [number, string]> = {
  told: [
    200,
    '<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><NoncurrentVersionExpiration><NoncurrentDays>40</NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>',
  ],
  none: [404, '<Error><Code>NoSuchLifecycleConfiguration</Code><Message>none</Message></Error>'],
  denied: [403, '<Error><Code>AccessDenied</Code><Message>no</Message></Error>'],
};

describe('a bucket that is asked', () => {
  let server: Server;
  let client: S3Client;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const [status, body] = answers[request.url?.split(/[/?]/)[1] ?? ''] ?? [
        500,
        '<Error><Code>InternalError</Code></Error>',
      ];
      response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    client = guard(new S3Client({ region: 'us-east-1', endpoint, credentials, forcePathStyle: true, maxAttempts: 1 }));
  });
  afterAll(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });

  test.each<[string, number | null | undefined]>([
    ['told', 40],
    ['none', null],
    ['denied', undefined],
  ])('%s', async (bucket, days) => {
    expect(await noncurrentDaysOf(client, bucket, 'raw/events/')).toBe(days);
  });

  test('another failure is none of these', async () => {
    await expect(noncurrentDaysOf(client, 'broken', '')).rejects.toThrow();
  });
});
