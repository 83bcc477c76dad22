import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROBLEM_TYPE } from '../../gateway/http/problems';
import { later, logEvent, ndjson, type Rig, startRig } from './support/rig';
import { head, speak } from './support/sockets';

const EVENTS = '/v1/datasets/access_logs/events';

interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** Members of answers that tests look at one by one. */
interface Body {
  readonly requestId?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly stored?: number;
}

/** The answers in what a socket has heard, each with a body of its announced length. */
function answersOf(text: string): Heard[] {
  const answers: Heard[] = [];
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
    const body = rest.slice(end + 4, bodyEnd);
    answers.push({
      status: Number(first.split(' ')[1]),
      headers,
      body: headers['content-type']?.includes('json') === true && body !== '' ? JSON.parse(body) : body,
    });
    rest = rest.slice(bodyEnd);
  }
  return answers;
}

const say =
  (...texts: string[]) =>
  (socket: Socket): void =>
    void socket.write(texts.join(''));

function expectProblem(answer: Heard | undefined, status: number, code: string): void {
  expect(answer?.status).toBe(status);
  expect(answer?.headers['content-type']).toContain(PROBLEM_TYPE);
  expect(answer?.headers['x-request-id']).toBe(answer?.body.requestId);
  expect(answer?.body).toEqual({
    type: `urn:lake:ingest:${code}`,
    title: expect.stringMatching(/^[A-Z]/),
    status,
    detail: expect.stringMatching(/\w/),
    requestId: expect.stringMatching(/^[\w.-]+$/),
  });
  expect(answer?.body.title).not.toBe('Error');
}

const ask = (rig: Rig, method: string, path: string): Promise<Heard> =>
  new Promise((resolve, reject) => {
    const call = request(`${rig.url}${path}`, { method }, (answer) => {
      let text = '';
      answer
        .on('data', (chunk) => (text += chunk))
        .on('end', () => {
          const headers = answer.headers as Record<string, string>;
          const isJson = headers['content-type']?.includes('json') === true && text !== '';
          resolve({ status: answer.statusCode ?? 0, headers, body: isJson ? JSON.parse(text) : text });
        });
    });
    call.on('error', reject).end();
  });

describe('a wrong method is 405 with Allow', () => {
  const READ = ['/healthz', '/readyz', '/metrics', '/openapi.json'];

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH'])('%s', async (method) => {
    const rig = await startRig();
    for (const path of READ) {
      const answer = await ask(rig, method, `${path}?x=1`);
      expectProblem(answer, 405, 'wrong-method');
      expect(answer.headers.allow).toBe('GET, HEAD');
    }
    if (method === 'POST') return;
    const answer = await ask(rig, method, EVENTS);
    expectProblem(answer, 405, 'wrong-method');
    expect(answer.headers.allow).toBe('POST');
  });

  test('GET and HEAD of the events; the answer to HEAD has no body', async () => {
    const rig = await startRig();
    const got = await ask(rig, 'GET', EVENTS);
    expectProblem(got, 405, 'wrong-method');
    const headed = await ask(rig, 'HEAD', EVENTS);
    expect([headed.status, headed.headers.allow, headed.body]).toEqual([405, 'POST', '']);
    // Says nothing about which datasets there are.
    expect((await ask(rig, 'GET', '/v1/datasets/nope/events')).status).toBe(405);
  });

  test('HEAD is taken where GET is', async () => {
    const rig = await startRig();
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const answer = await ask(rig, 'HEAD', path);
      expect([path, answer.status, answer.body]).toEqual([path, 200, '']);
    }
    expect((await ask(rig, 'HEAD', '/openapi.json')).status).toBe(401);
  });

  test('before a body of another type is looked at', async () => {
    const rig = await startRig();
    const headers = { 'content-type': 'text/plain' };
    const put = await fetch(`${rig.url}${EVENTS}`, { method: 'PUT', body: 'x', headers });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${rig.url}/nope`, { method: 'POST', body: 'x', headers })).status).toBe(404);
  });

  test('also a method that HTTP does not have, and CONNECT', async () => {
    const rig = await startRig();
    const made = answersOf(await speak(rig, say(`FETCH ${EVENTS}?a=b HTTP/1.1\r\nHost: x\r\n\r\n`)));
    expectProblem(made[0], 405, 'wrong-method');
    expect(made[0]?.headers.allow).toBe('POST');
    const tunnel = answersOf(await speak(rig, say('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n')));
    expectProblem(tunnel[0], 405, 'wrong-method');
    expect(tunnel[0]?.headers.allow).toBe('GET, HEAD, POST');
  });

  test('a path that does not exist is 404 whatever the method; a name that is longer than any is 414', async () => {
    const rig = await startRig();
    for (const method of ['GET', 'PUT', 'OPTIONS']) expectProblem(await ask(rig, method, '/nope'), 404, 'no-route');
    expectProblem(await ask(rig, 'POST', `/v1/datasets/${'x'.repeat(500)}/events`), 414, 'url-too-long');
  });
});

describe('what Node.js refuses by itself is a problem document, too', () => {
  const HOST = 'Host: x\r\n';

  test.each<[string, string, number, string]>([
    ['long headers', `GET /healthz HTTP/1.1\r\n${HOST}X-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
    [
      'many headers',
      `GET /healthz HTTP/1.1\r\n${HOST}${'abc: defghijkl\r\n'.repeat(1_900)}\r\n`,
      431,
      'headers-too-large',
    ],
    ['headers of megabytes', `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(3_000_000)}\r\n\r\n`, 431, 'headers-too-large'],
    ['a long URL', `GET /${'x'.repeat(3_000)} HTTP/1.1\r\n${HOST}\r\n`, 414, 'url-too-long'],
    [
      'a URL that is longer than all headers may be',
      `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n${HOST}\r\n`,
      414,
      'url-too-long',
    ],
    ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n', 400, 'bad-request'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 400, 'bad-request'],
    ['another version', `GET /healthz HTTP/9.9\r\n${HOST}\r\n`, 400, 'bad-request'],
    ['a header without colon', `GET /healthz HTTP/1.1\r\n${HOST}nonsense\r\n\r\n`, 400, 'bad-request'],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400, 'bad-header'],
    ['a path that cannot be decoded', `GET /v1/%zz HTTP/1.1\r\n${HOST}\r\n`, 400, 'bad-request'],
    [
      'two lengths',
      `POST ${EVENTS} HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      400,
      'bad-request',
    ],
    [
      'an expectation',
      `POST ${EVENTS} HTTP/1.1\r\n${HOST}Expect: a-miracle\r\nContent-Length: 0\r\n\r\n`,
      417,
      'bad-header',
    ],
  ])('%s', async (_, text, status, code) => {
    const rig = await startRig();
    const answers = answersOf(await speak(rig, say(text)));
    expect(answers).toHaveLength(1);
    expectProblem(answers[0], status, code);
    expect((await rig.get('/metrics')).body).toContain(`ingest_requests_total{status="${status}"} 1\n`);
    expect((await rig.get('/healthz')).status).toBe(200);
  });

  test('HTTP/1.0 needs no Host', async () => {
    const rig = await startRig();
    expect(answersOf(await speak(rig, say('GET /healthz HTTP/1.0\r\n\r\n')))[0]?.status).toBe(200);
  });

  test('no header is dropped, however many there are: the size of all of them is what counts', async () => {
    const rig = await startRig();
    const body = ndjson([logEvent()]);
    const many = 'a:\r\n'.repeat(2_500);
    const text = `POST /v1/datasets/access_logs/events HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n${many}`;
    const own = `Content-Type: application/x-ndjson\r\nAuthorization: Bearer ${rig.token}\r\n\r\n`;
    const answers = answersOf(await speak(rig, say(`${text}${own}`, body)));
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect(rig.events()).toHaveLength(1);
  });

  test('damaged chunks of a body', async () => {
    const rig = await startRig();
    const text = `${head(rig, 'Transfer-Encoding: chunked')}5\r\nhello world\r\n`;
    const answers = answersOf(await speak(rig, say(text)));
    expect(answers).toHaveLength(1);
    expectProblem(answers[0], 400, 'bad-request');
  });

  test('extensions of chunks without end', async () => {
    const rig = await startRig();
    const text = `${head(rig, 'Transfer-Encoding: chunked')}5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`;
    expectProblem(answersOf(await speak(rig, say(text)))[0], 413, 'too-large');
  });

  test('a head and a body that do not come to an end in time: 408', async () => {
    const rig = await startRig({ settings: { INGEST_REQUEST_SECONDS: '1' } });
    for (const text of ['POST /v1/datasets/', `${head(rig, 'Content-Length: 100')}{`]) {
      const answers = answersOf(await speak(rig, say(text), 8_000));
      expect(answers).toHaveLength(1);
      expectProblem(answers[0], 408, 'timeout');
      expect(answers[0]?.body.detail).toContain('1 second');
    }
  });

  test('a body that is too large', async () => {
    const rig = await startRig();
    expectProblem(answersOf(await speak(rig, say(head(rig, 'Content-Length: 99999999'))))[0], 413, 'too-large');
  });

  test('what follows a request is not taken for it: the request has its own answer first', async () => {
    const rig = await startRig();
    const body = ndjson([logEvent()]);
    const answers = answersOf(await speak(rig, say(head(rig, `Content-Length: ${body.length}`), body, '{"more":1}')));
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect(answers[0]?.body.stored).toBe(1);
    expectProblem(answers[1], 400, 'bad-request');
    expect(rig.events()).toHaveLength(1);
  });

  test('a connection that is refused ends, even if its client continues to send', async () => {
    const rig = await startRig();
    const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
    const flood = setInterval(() => socket.write('x'.repeat(1_000)), 5);
    later(() => {
      clearInterval(flood);
      socket.destroy();
    });
    const started = performance.now();
    await new Promise((resolve) => socket.on('error', resolve).on('close', resolve));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('the query', () => {
  test.each([
    ['results=everything', 'results must be problems or all'],
    ['results=', 'results must be problems or all'],
    ['results=ALL', 'results must be problems or all'],
    ['results=all&results=all', 'results must be problems or all'],
    ['mode=some', 'mode must be each or all-or-nothing'],
    ['modes=all-or-nothing', 'there is no query parameter "modes"; known are mode and results'],
    ['results=all&Mode=each', 'there is no query parameter "Mode"; known are mode and results'],
    ['__proto__=each', 'there is no query parameter "__proto__"; known are mode and results'],
    [`${'x'.repeat(100)}=1`, `there is no query parameter "${'x'.repeat(80)}..."; known are mode and results`],
  ])('%s is 400 and names the known values, before the body is read', async (query, detail) => {
    const rig = await startRig();
    const answer = await rig.post([logEvent()], { query: `?${query}` });
    expect([answer.status, answer.body.type, answer.body.detail]).toEqual([400, 'urn:lake:ingest:bad-query', detail]);
    const early = await speak(rig, say(head(rig, 'Content-Length: 100').replace('/events', `/events?${query}`)));
    expect(early).toContain('HTTP/1.1 400');
    expect(rig.raw()).toEqual({});
  });

  test.each(['results=problems', 'results=all', 'mode=each&results=problems'])('%s is known', async (query) => {
    const rig = await startRig();
    expect((await rig.post([logEvent()], { query: `?${query}` })).status).toBe(200);
  });
});

test('who has no valid token gets no memory: 401 while everyone else is turned away because the room is taken', async () => {
  const bytes = 1024 * 1024;
  const rig = await startRig({
    settings: {
      INGEST_MAX_BUFFERED_BYTES: String(bytes),
      INGEST_MAX_INFLATED_BYTES: String(bytes),
      INGEST_MAX_BODY_BYTES: String(bytes),
    },
  });
  const { hostname, port } = new URL(rig.url);
  const holder = connect(Number(port), hostname);
  later(() => holder.destroy());
  holder.on('error', () => {}).write(head(rig, 'Content-Length: 1000000'));
  holder.write(Buffer.alloc(999_999, 0x20));
  const held = async (): Promise<number> =>
    Number(/ingest_buffered_bytes (\d+)/.exec((await rig.get('/metrics')).body)?.[1]);
  for (let i = 0; i < 200 && (await held()) < 900_000; i += 1) await sleep(25);
  const before = await held();
  expect(before).toBeGreaterThan(900_000);
  const length = 'Content-Length: 500000';
  const other = await rig.issuer.token({ sub: 'other' });
  const own = head(rig, length).replace(/Bearer \S+/, `Bearer ${other}`);
  expect(await speak(rig, say(own))).toContain('HTTP/1.1 503');
  const strangers = Array.from({ length: 5 }, () =>
    speak(rig, say(head(rig, length).replace(/Bearer \S+/, 'Bearer a.b.c'))),
  );
  for (const heard of await Promise.all(strangers)) expect(heard).toContain('HTTP/1.1 401');
  expect(await held()).toBe(before);
});
