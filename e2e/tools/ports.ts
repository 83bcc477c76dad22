import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below those that Linux (from 32768) and macOS (from 49152) give to outgoing connections and to servers that ask for any port: what else
 * runs on this machine does not take one between its choice and its use, or while a server is down that will be started again.
 */
const FIRST = 20_000;
const LAST = 32_767;
const ATTEMPTS = 100;

const handedOut = new Set<number>();

/** A port of the loopback interface that nobody listens to, another one each time. @throws Error after 100 attempts */
export async function freePort(candidate = () => randomInt(FIRST, LAST + 1)): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = candidate();
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    return port;
  }
  throw new Error(`${ATTEMPTS} ports from ${FIRST} to ${LAST} of 127.0.0.1 were tried, and none is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
