import { createServer } from 'node:net';

/**
 * A port of the loopback interface that nobody listens to. Whoever gets it must bind it soon: it is chosen by the system, which hands out
 * other numbers for a while, but does not reserve it.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
