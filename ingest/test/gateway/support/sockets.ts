import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { later, type Rig } from './rig';

/** An answer that has begun goes on sooner. */
const SILENCE_MS = 300;

/**
 * Sends bytes as they are, and gives what comes back until the gateway closes, or is silent after it has begun to answer.
 *
 * @param beginMs longest time to wait for an answer to begin
 */
export async function speak(rig: Rig, write: (socket: Socket) => void, beginMs = 10_000): Promise<string> {
  const { hostname, port } = new URL(rig.url);
  const socket = connect(Number(port), hostname);
  later(() => socket.destroy());
  let heard = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1');
    socket.setTimeout(SILENCE_MS);
  });
  await once(socket, 'connect');
  write(socket);
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.setTimeout(beginMs, () => resolve());
  });
  return heard;
}

/** The head of a request that posts NDJSON, with its last empty line. */
export const head = (rig: Rig, ...headers: string[]): string =>
  [
    'POST /v1/datasets/access_logs/events HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${rig.token}`,
    'Content-Type: application/x-ndjson',
    ...headers,
    '\r\n',
  ].join('\r\n');
