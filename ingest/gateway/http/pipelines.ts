import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait behind another on one connection. */
const MOST_WAITING = 100;

interface Line {
  current: IncomingMessage | undefined;
  readonly waiting: { readonly request: IncomingMessage; readonly start: () => void }[];
  isEnding: boolean;
  /** Whether one of its requests was turned away in this turn of the event loop. */
  hasRefused: boolean;
}

/** What happens to a request on a connection: it continues at once, or when the promise resolves, or not at all. */
export type Turn = 'now' | Promise<void> | 'too many' | 'never';

/**
 * Requests that are sent behind one another on a connection are worked off one by one: so many at once as there are
 * connections, and no more. Node.js hands over all that it reads, and orders only the answers.
 */
export class Pipelines {
  readonly #lines = new WeakMap<Socket, Line>();

  enter(request: IncomingMessage): Turn {
    const line = this.#lineOf(request.socket);
    if (line.isEnding) return 'never';
    if (line.current === undefined) {
      line.current = request;
      return 'now';
    }
    if (line.waiting.length >= MOST_WAITING) {
      line.isEnding = true;
      return 'too many';
    }
    return new Promise((start) => line.waiting.push({ request, start }));
  }

  /** Call it when the response was sent. */
  leave(request: IncomingMessage): void {
    const line = this.#lines.get(request.socket);
    if (line === undefined || line.current !== request) return;
    const next = line.waiting.shift();
    line.current = next?.request;
    next?.start();
  }

  /**
   * Of a request that is turned away: nothing that waits behind it is worked off any more, nor what comes after it, and the
   * connection ends with its answer. Does nothing if nothing else came with it.
   *
   * @returns whether the connection must end
   */
  endBehind(request: IncomingMessage): boolean {
    const line = this.#lines.get(request.socket);
    if (line === undefined || line.current !== request) return false;
    if (line.waiting.length === 0 && !line.hasRefused) {
      // A response that needs no waiting is sent before Node.js hands over what was read after the request.
      line.hasRefused = true;
      setImmediate(() => {
        line.hasRefused = false;
      });
      return false;
    }
    line.isEnding = true;
    line.waiting.length = 0;
    return true;
  }

  #lineOf(socket: Socket): Line {
    let line = this.#lines.get(socket);
    if (line === undefined) {
      line = { current: undefined, waiting: [], isEnding: false, hasRefused: false };
      this.#lines.set(socket, line);
    }
    return line;
  }
}
