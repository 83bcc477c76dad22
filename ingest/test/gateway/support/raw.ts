import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { later, type Rig } from './rig';

/** A connection that writes bytes as they are, and gathers what comes back. */
export interface RawConnection {
  readonly socket: Socket;
  heard(): string;
  /** Resolves when the gateway has closed it, or after the time. @returns whether it was closed */
  closed(milliseconds: number): Promise<boolean>;
}

export async function open(rig: Rig): Promise<RawConnection> {
  const { hostname, port } = new URL(rig.url);
  const socket = connect(Number(port), hostname);
  later(() => socket.destroy());
  let heard = '';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('data', (chunk) => (heard += chunk.toString('latin1'))).on('error', () => {});
  await once(socket, 'connect');
  return {
    socket,
    heard: () => heard,
    closed: (milliseconds) =>
      Promise.race([
        closed.then(() => true),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), milliseconds).unref()),
      ]),
  };
}

/** The head of a request, its empty line included. */
export const head = (token: string, ...headers: string[]): string =>
  [
    'POST /v1/datasets/access_logs/events HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/x-ndjson',
    ...headers,
    '\r\n',
  ].join('\r\n');
