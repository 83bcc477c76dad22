import { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { ConnectionErrors } from '../../gateway/http/connection-errors';

/** A connection whose other end remembers what it hears. */
class Wire extends Duplex {
  heard = '';
  isEnded = false;

  constructor() {
    super({ autoDestroy: false });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    this.heard += chunk.toString('latin1');
    done();
  }

  override _final(done: () => void): void {
    this.isEnded = true;
    done();
  }
}

function start() {
  const answered: unknown[][] = [];
  let ids = 0;
  const errors = new ConnectionErrors({
    requestSeconds: 30,
    newId: () => `id-${++ids}`,
    answered: (...all) => answered.push(all),
  });
  const server = new Server();
  errors.watch(server);
  return {
    answered,
    server,
    fail: (wire: Wire, code?: string, packet?: string) =>
      errors.handle(
        Object.assign(new Error('x'), {
          ...(code === undefined ? {} : { code }),
          ...(packet === undefined ? {} : { rawPacket: Buffer.from(packet) }),
        }),
        wire,
      ),
    /** A request on a connection, and the response that belongs to it. */
    request: (wire: Wire, isOwn = true): ServerResponse => {
      const request = new IncomingMessage(wire as unknown as Socket);
      const response = new ServerResponse(request);
      if (isOwn) response.assignSocket(wire as unknown as Socket);
      server.emit('request', request, response);
      return response;
    },
  };
}

const problem = (status: number, title: string, code: string, detail: string, requestId = 'id-1') => ({
  type: `urn:lake:ingest:${code}`,
  title,
  status,
  detail,
  requestId,
});
/** The one response that a connection has heard, its headers as they were written. */
const response = (wire: Wire) => {
  const [head = '', body = ''] = wire.heard.split('\r\n\r\n');
  return { head: head.split('\r\n'), body: JSON.parse(body) as object };
};

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
});

const GET = (url: string): string => `GET ${url} HTTP/1.1\r\n`;
const INVALID = (code: string) => problem(400, 'Bad Request', 'bad-request', `the request is not valid HTTP (${code})`);
const TOO_LONG = problem(414, 'URI Too Long', 'url-too-long', 'the URL is longer than 2048 bytes');
const TOO_MANY = problem(
  431,
  'Request Header Fields Too Large',
  'headers-too-large',
  'the headers are longer than 16384 bytes',
);
const WRONG = problem(405, 'Method Not Allowed', 'wrong-method', 'this path takes POST');

test.each<[string, string | undefined, string | undefined, object]>([
  [
    'a request that is not sent in time',
    'ERR_HTTP_REQUEST_TIMEOUT',
    undefined,
    problem(408, 'Request Timeout', 'timeout', 'the request was not sent within 30 seconds'),
  ],
  [
    'extensions of chunks',
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    undefined,
    problem(413, 'Content Too Large', 'too-large', 'the extensions of the chunks are too long'),
  ],
  ['headers', 'HPE_HEADER_OVERFLOW', undefined, TOO_MANY],
  ['headers, behind the longest URL', 'HPE_HEADER_OVERFLOW', GET(`/${'x'.repeat(2_047)}`), TOO_MANY],
  ['a URL', 'HPE_HEADER_OVERFLOW', GET(`/${'x'.repeat(2_048)}`), TOO_LONG],
  ['a URL without its end', 'HPE_HEADER_OVERFLOW', `POST /${'x'.repeat(10_000)}`, TOO_LONG],
  ['headers, of which one looks like a URL', 'HPE_HEADER_OVERFLOW', `x ${GET(`/${'x'.repeat(3_000)}`)}`, TOO_MANY],
  ['a method that HTTP does not have', 'HPE_INVALID_METHOD', 'FETCH /v1/datasets/a/events HTTP/1.1\r\nHost', WRONG],
  ['one of any characters', 'HPE_INVALID_METHOD', "a!#$%&'*+.^`|~-b /v1/datasets/a/events HTTP/1.0\nHost", WRONG],
  ['one where nothing is', 'HPE_INVALID_METHOD', 'FETCH /nope HTTP/1.1\r\nHost', INVALID('HPE_INVALID_METHOD')],
  ['one of another version', 'HPE_INVALID_METHOD', 'FETCH /healthz HTTP/1.2\r\n', INVALID('HPE_INVALID_METHOD')],
  ['one of which the line has no end', 'HPE_INVALID_METHOD', 'FETCH /healthz HTTP/1.1', INVALID('HPE_INVALID_METHOD')],
  ['one that is not first', 'HPE_INVALID_METHOD', 'x\nFETCH /healthz HTTP/1.1\r\n', INVALID('HPE_INVALID_METHOD')],
  ['none', 'HPE_INVALID_METHOD', undefined, INVALID('HPE_INVALID_METHOD')],
  ['a version', 'HPE_INVALID_VERSION', 'GET /healthz HTTP/9.9', INVALID('HPE_INVALID_VERSION')],
  ['something', undefined, undefined, INVALID('unknown')],
])('%s that cannot be read is answered', (_, code, packet, body) => {
  const { fail, answered } = start();
  const wire = new Wire();
  fail(wire, code, packet);
  expect(response(wire).body).toEqual(body);
  const { status, detail } = body as ReturnType<typeof problem>;
  expect(answered).toEqual([[status, 'id-1', detail]]);
});

test('an answer has the form of all others, and is the last of its connection', () => {
  const { fail } = start();
  const wire = new Wire();
  fail(wire, 'ERR_HTTP_REQUEST_TIMEOUT');
  const { head, body } = response(wire);
  expect(head).toEqual([
    'HTTP/1.1 408 Request Timeout',
    'Content-Type: application/problem+json',
    `Content-Length: ${JSON.stringify(body).length}`,
    'X-Request-Id: id-1',
    'Connection: close',
  ]);
  expect(wire.isEnded).toBe(true);
});

test('a method that is not taken is answered with those that are', () => {
  const { fail } = start();
  const wire = new Wire();
  fail(wire, 'HPE_INVALID_METHOD', 'FETCH /healthz HTTP/1.1\r\n');
  expect(response(wire).head).toContain('Allow: GET, HEAD');
});

test('what still arrives is discarded for a second; then the connection is gone, whatever happens to it', () => {
  const { fail } = start();
  const wire = new Wire();
  fail(wire);
  wire.emit('error', new Error('reset'));
  jest.advanceTimersByTime(999);
  expect(wire.destroyed).toBe(false);
  jest.advanceTimersByTime(1);
  expect(wire.destroyed).toBe(true);
});

test('bytes that follow what cannot be read are not answered again', () => {
  const { fail, answered } = start();
  const wire = new Wire();
  for (let i = 0; i < 3; i += 1) fail(wire);
  expect(answered).toHaveLength(1);
  expect(wire.heard.match(/HTTP\/1\.1/g)).toHaveLength(1);
  // A connection that is closed now may lose the answer.
  expect(wire.destroyed).toBe(false);
  const other = new Wire();
  fail(other);
  expect(answered).toHaveLength(2);
});

test.each<[string, (wire: Wire) => unknown]>([
  ['is gone', (wire) => wire.destroy()],
  ['takes nothing any more', (wire) => wire.end()],
])('a connection that %s is closed, and counts as no answer', (_, happens) => {
  const { fail, answered } = start();
  const wire = new Wire();
  happens(wire);
  fail(wire);
  expect([wire.heard, wire.destroyed, answered]).toEqual(['', true, []]);
});

describe('on a connection with a request whose response is not complete', () => {
  test('what cannot be read of the request itself is answered at once', () => {
    const { fail, request } = start();
    const wire = new Wire();
    request(wire);
    fail(wire);
    expect(response(wire).body).toEqual(INVALID('unknown'));
  });

  test('what follows a whole request is answered when the response has left, and not before', () => {
    const { fail, request, answered } = start();
    const wire = new Wire();
    const earlier = request(wire);
    earlier.req.complete = true;
    fail(wire);
    expect([wire.heard, wire.destroyed, answered]).toEqual(['', false, []]);
    earlier.emit('close');
    expect(response(wire).body).toEqual(INVALID('unknown'));
    expect(answered).toHaveLength(1);
  });

  test.each<[string, (of: ReturnType<typeof start>, wire: Wire) => unknown]>([
    ['of which a part has left', (of, wire) => of.request(wire).flushHeaders()],
    ['of a request that waits behind another', (of, wire) => of.request(wire, false)],
  ])('one %s cannot be followed by another: the connection ends', (_, happens) => {
    const all = start();
    const wire = new Wire();
    wire.on('error', () => {});
    happens(all, wire);
    const before = wire.heard;
    all.fail(wire);
    expect([wire.destroyed, all.answered]).toEqual([true, []]);
    expect(wire.heard).toBe(before);
  });

  test('one that has left whole, or is closed, is not waited for', async () => {
    for (const happens of [
      (earlier: ServerResponse) => earlier.end(),
      (earlier: ServerResponse) => earlier.emit('close'),
    ]) {
      const { fail, request, answered } = start();
      const wire = new Wire();
      const earlier = request(wire);
      earlier.req.complete = true;
      happens(earlier);
      await new Promise(setImmediate);
      fail(wire);
      expect(answered).toHaveLength(1);
    }
  });

  test('the later of two is the one that counts, also when the earlier is closed afterwards', () => {
    const { fail, request, answered } = start();
    const wire = new Wire();
    const [first, second] = [request(wire), request(wire, false)];
    first.req.complete = true;
    second.req.complete = true;
    first.emit('close');
    fail(wire);
    expect(answered).toEqual([]);
    second.emit('close');
    expect(answered).toHaveLength(1);
  });
});

test('CONNECT is refused with what is taken instead', () => {
  const { server, answered } = start();
  const wire = new Wire();
  server.emit('connect', {}, wire);
  const { head, body } = response(wire);
  expect(head).toContain('Allow: GET, HEAD, POST');
  expect(body).toEqual(problem(405, 'Method Not Allowed', 'wrong-method', 'this is not a proxy'));
  expect(answered).toEqual([[405, 'id-1', 'this is not a proxy']]);
});

test('an expectation other than 100-continue is refused, its body discarded, and the connection ends', () => {
  const { server, answered } = start();
  const wire = new Wire();
  const request = new IncomingMessage(wire as unknown as Socket);
  const answer = new ServerResponse(request);
  answer.assignSocket(wire as unknown as Socket);
  server.emit('checkExpectation', request, answer);
  const { head, body } = response(wire);
  const detail = 'the only expectation that is met is 100-continue';
  expect(body).toEqual(problem(417, 'Expectation Failed', 'bad-header', detail));
  expect(head.filter((line) => !line.startsWith('Date'))).toEqual([
    'HTTP/1.1 417 Expectation Failed',
    'content-type: application/problem+json',
    `content-length: ${JSON.stringify(body).length}`,
    'x-request-id: id-1',
    'connection: close',
  ]);
  expect(request.readableFlowing).toBe(true);
  expect(answered).toEqual([[417, 'id-1', detail]]);
});
