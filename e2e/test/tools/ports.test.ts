import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { freePort } from '../../tools/ports';

const servers: Server[] = [];
const listening = async (port: number): Promise<number> => {
  const server = createServer().listen(port, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test('a free port can be listened to, and is none that the system gives to whoever asks for any', async () => {
  for (let i = 0; i < 20; i++) {
    const port = await freePort();
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_768);
    await listening(port);
  }
});

test('a port that somebody listens to is passed over, and so is one that was handed out before', async () => {
  const [taken, handedOut] = [await listening(0), await freePort()];
  const free = await listening(0);
  servers.pop()?.close();
  const candidates = [taken, handedOut, free];
  expect(await freePort(() => candidates.shift() as number)).toBe(free);
});

test('when no port is free, it says so', async () => {
  const taken = await listening(0);
  await expect(freePort(() => taken)).rejects.toThrow('100 ports from 20000 to 32767');
});
