/** Small objects, whose body is read into one buffer. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { getWhole } from '../../lambda/compaction/download/get-whole';
import { MAX_ERROR_BYTES } from '../../lambda/compaction/download/response';
import { TransferWatch } from '../../lambda/compaction/limits/transfer-watch';

let server: Server;
let answer: (response: ServerResponse) => void;
/** Resolves when the other side has ended the connection. */
let left: Promise<unknown>;
const agent = new Agent();

beforeAll(async () => {
  server = createServer((_, response) => {
    left = new Promise((resolve) => response.on('close', resolve));
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await agent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function get(size: number, of: (response: ServerResponse) => void) {
  answer = of;
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return getWhole(agent, { origin, path: '/x', headers: {} }, size, new TransferWatch());
}

/** Sends for as long as anybody listens. */
function endlessly(response: ServerResponse, chunk: Buffer): void {
  const more = (): void => {
    if (!response.destroyed) response.write(chunk, () => setImmediate(more));
  };
  more();
}

test('a body of the size that was listed is returned, with its version', async () => {
  const given = await get(6, (response) => {
    response.writeHead(200, { 'x-amz-version-id': 'v1' }).write('abc');
    setImmediate(() => response.end('def'));
  });
  expect({ ...given, body: given.body.toString() }).toEqual({ status: 200, versionId: 'v1', body: 'abcdef' });
});

test('a body that is longer is an error, and nobody waits for its end', async () => {
  const given = get(6, (response) => {
    response.writeHead(200);
    endlessly(response, Buffer.from('abcd'));
  });
  await expect(given).rejects.toThrow('more than the 6 bytes of the object came');
  await left;
});

test('of an error that never ends the beginning is returned, with its status', async () => {
  const given = await get(6, (response) => {
    response.writeHead(403);
    endlessly(response, Buffer.alloc(1_000, 'x'));
  });
  await left;
  expect(given.status).toBe(403);
  expect(given.body.length).toBeGreaterThan(MAX_ERROR_BYTES);
  expect(given.body.length).toBeLessThan(MAX_ERROR_BYTES + 1_000_000);
});

test('an error longer than the object is told whole', async () => {
  const given = await get(6, (response) => void response.writeHead(404).end('<Code>NoSuchKey</Code>'));
  expect([given.status, given.body.toString()]).toEqual([404, '<Code>NoSuchKey</Code>']);
});

test('a connection that breaks in the middle of an object is an error, in that of an error it is its end', async () => {
  const broken = (status: number) =>
    get(10, (response) => {
      response.writeHead(status, { 'content-length': 10 }).write('abc', () => response.destroy());
    });
  await expect(broken(200)).rejects.toThrow();
  expect(await broken(503)).toMatchObject({ status: 503 });
});
