import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Generous, for a busy machine. */
const LONGEST_CLOSE_MS = 20_000;

/** A server that answers as it is told, and knows which of its connections are open. */
export class HostileServer {
  /** Requests so far. */
  requests = 0;
  readonly #sockets = new Set<Socket>();
  readonly #unread = new Set<IncomingMessage>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #server = createServer((request, response) => {
    this.requests++;
    response.on('error', () => undefined);
    this.#unread.add(request);
    this.#answer(response, request);
  });
  readonly #answer: Answer;

  private constructor(answer: Answer) {
    this.#answer = answer;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async open(answer: Answer): Promise<HostileServer> {
    const server = new HostileServer(answer);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Resolves when no connection is open. @throws Error when one still is after a time that is too long for any */
  async allClosed(): Promise<void> {
    // Who does not read does not see that the other side has gone.
    for (const request of this.#unread) request.resume();
    for (const deadline = Date.now() + LONGEST_CLOSE_MS; this.#sockets.size > 0; ) {
      if (Date.now() > deadline) throw new Error(`${this.#sockets.size} connections are still open`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Sends again and again until the response is closed. */
  every(milliseconds: number, response: ServerResponse, piece: Buffer | string): void {
    const timer = setInterval(() => response.write(piece), milliseconds);
    this.#timers.add(timer);
    response.on('close', () => clearInterval(timer));
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
