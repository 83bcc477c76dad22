import { type IncomingMessage, maxHeaderSize, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { PROBLEM_TYPE, type Problem, problemBody } from './problems';
import { LONG_URL, LONGEST_URL, wrongMethod } from './routes';

/**
 * How long bytes that still arrive from the client are read and discarded: a connection that is closed with unread
 * bytes is reset, and the response may be lost with it.
 */
const LINGER_MS = 1_000;

interface ClientError extends Error {
  readonly code?: string;
  /** A Buffer of the bytes that could not be read, as far as Node.js has them. */
  readonly rawPacket?: unknown;
}

export interface ConnectionErrorParts {
  readonly requestSeconds: number;
  readonly newId: () => string;
  readonly answered: (status: number, requestId: string, detail: string) => void;
}

/**
 * Answers what Node.js refuses before there is a request for the routes: malformed HTTP, headers without end, a request
 * that is not sent in time. Without this, such responses would have no body, or one of another form.
 */
export class ConnectionErrors {
  readonly #parts: ConnectionErrorParts;
  /** The response of each connection that is not complete yet. */
  readonly #latest = new WeakMap<Duplex, ServerResponse>();
  readonly #refused = new WeakSet<Duplex>();

  constructor(parts: ConnectionErrorParts) {
    this.#parts = parts;
  }

  /** Handler of the event `clientError`. */
  readonly handle = (error: ClientError, socket: Duplex): void => {
    // Bytes that follow fail again.
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    const problem = problemOf(error, this.#parts.requestSeconds);
    const response = this.#latest.get(socket);
    if (response === undefined || response.writableFinished || isBeingRead(response, socket)) {
      this.#refuse(socket, problem);
    } else if (response.req.complete) {
      // Before that, this response would be taken for that of the previous request, whose events may be stored.
      response.once('close', () => this.#refuse(socket, problem));
    } else {
      socket.destroy(error);
    }
  };

  watch(server: Server): void {
    server.on('request', (request, response) => {
      const { socket } = request;
      this.#latest.set(socket, response);
      // Otherwise each idle connection would hold its last request, and the garbage collector would have them to walk through.
      response.once('close', () => {
        if (this.#latest.get(socket) === response) this.#latest.delete(socket);
      });
    });
    server.on('connect', (_, socket) => {
      const detail = 'this is not a proxy';
      this.#refuse(socket, { status: 405, code: 'wrong-method', detail, headers: { Allow: 'GET, HEAD, POST' } });
    });
    server.on('checkExpectation', (request, response) => this.#refuseExpectation(request, response));
  }

  #refuse(socket: Duplex, problem: Problem): void {
    if (socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    const { status, detail, headers = {} } = problem;
    const requestId = this.#parts.newId();
    const body = problemBody(problem, requestId);
    const lines = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
    ];
    socket.on('error', () => {});
    socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
    this.#parts.answered(status, requestId, detail);
  }

  #refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
    const detail = 'the only expectation that is met is 100-continue';
    const requestId = this.#parts.newId();
    request.resume();
    const body = problemBody({ status: 417, code: 'bad-header', detail }, requestId);
    response
      .writeHead(417, {
        'content-type': PROBLEM_TYPE,
        'content-length': Buffer.byteLength(body),
        'x-request-id': requestId,
        connection: 'close',
      })
      .end(body);
    this.#parts.answered(417, requestId, detail);
  }
}

/** Whether it is this request that cannot be read, and no response to it was sent yet. */
const isBeingRead = ({ req, headersSent, socket: own }: ServerResponse, socket: Duplex): boolean =>
  own === socket && !headersSent && !req.complete;

function problemOf({ code = 'unknown', rawPacket }: ClientError, requestSeconds: number): Problem {
  const text = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1', 0, 2 * LONGEST_URL) : '';
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, code: 'timeout', detail: `the request was not sent within ${requestSeconds} seconds` };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, code: 'too-large', detail: 'the extensions of the chunks are too long' };
    case 'HPE_HEADER_OVERFLOW':
      if (isLongUrl(text)) return LONG_URL;
      return { status: 431, code: 'headers-too-large', detail: `the headers are longer than ${maxHeaderSize} bytes` };
    case 'HPE_INVALID_METHOD': {
      const [, method, url] = /^([\w!#$%&'*+.^`|~-]+) (\/\S*) HTTP\/1\.[01]\r?\n/.exec(text) ?? [];
      const problem = method === undefined || url === undefined ? undefined : wrongMethod(method, url);
      if (problem !== undefined) return problem;
    }
  }
  return { status: 400, code: 'bad-request', detail: `the request is not valid HTTP (${code})` };
}

const isLongUrl = (packet: string): boolean => (/^[A-Z]+ (\S*)/.exec(packet)?.[1]?.length ?? 0) > LONGEST_URL;
