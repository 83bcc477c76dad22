import { setTimeout as sleep } from 'node:timers/promises';
import { head, open } from './support/raw';
import { logEvent, ndjson, type Rig, startRig } from './support/rig';

const statuses = (heard: string): string[] =>
  [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status ?? '');
const count = (rig: Rig, status: number): Promise<number> =>
  rig
    .get('/metrics')
    .then(({ body }) => Number(new RegExp(`ingest_requests_total{status="${status}"} (\\d+)`).exec(body)?.[1] ?? 0));

function request(token: string, events = 1): string {
  const body = ndjson(Array.from({ length: events }, () => logEvent()));
  return `${head(token, `Content-Length: ${body.length}`)}${body}`;
}

test('requests behind one another are answered in their order, each of them', async () => {
  const rig = await startRig();
  const { socket, heard } = await open(rig);
  socket.write(
    `${Array.from({ length: 20 }, () => request(rig.token)).join('')}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  for (let i = 0; i < 400 && !heard().includes('"status":"ok"'); i += 1) await sleep(25);
  expect(statuses(heard())).toEqual(Array.from({ length: 21 }, () => '200'));
  expect(rig.events()).toHaveLength(20);
}, 30_000);

test('they are worked off one by one: a connection has one request in work, however many it sends', async () => {
  let most = 0;
  let puts = 0;
  const rig = await startRig({
    settings: { INGEST_PUTS_IN_FLIGHT: '32' },
    sink: {
      put: async () => {
        puts += 1;
        const held = /ingest_buffered_bytes (\d+)/.exec(await rig.gateway.metrics.text())?.[1];
        most = Math.max(most, Number(held));
      },
    },
  });
  const { socket, heard } = await open(rig);
  socket.write(Array.from({ length: 10 }, () => request(rig.token)).join(''));
  for (let i = 0; i < 400 && statuses(heard()).length < 10; i += 1) await sleep(25);
  expect(puts).toBe(10);
  // Two requests would hold twice the overhead of one.
  expect(most).toBeGreaterThan(2_048);
  expect(most).toBeLessThan(2 * 2_048);
}, 30_000);

test.each([
  ['over its rate', 429, (rig: Rig) => rig.token],
  ['without a valid token', 401, () => 'a.b.c'],
])(
  '%s: the connection ends with the refusal, and what waits behind it is not worked off',
  async (_, status, token) => {
    const rig = await startRig({
      settings: { INGEST_RATE_PER_SECOND: '1', INGEST_RATE_BURST: '10', INGEST_MAX_EVENTS: '10' },
    });
    const { socket, heard, closed } = await open(rig);
    socket.write(Array.from({ length: 50 }, () => request(token(rig), 6)).join(''));
    expect(await closed(10_000)).toBe(true);
    const refusals = statuses(heard()).filter((answer) => answer === String(status)).length;
    // One that is refused at once leaves before the next is known of.
    expect(refusals).toBeGreaterThanOrEqual(1);
    expect(refusals).toBeLessThanOrEqual(2);
    expect(heard()).toMatch(/connection: close/i);
    expect(await count(rig, status)).toBe(refusals);
    expect((await rig.get('/metrics')).body).toContain('ingest_buffered_bytes 0\n');
  },
  30_000,
);

test('a refusal with nothing behind it leaves the connection open', async () => {
  const rig = await startRig();
  const { socket, heard } = await open(rig);
  for (const answers of [1, 2]) {
    socket.write(request('a.b.c'));
    for (let i = 0; i < 200 && statuses(heard()).length < answers; i += 1) await sleep(25);
  }
  expect(statuses(heard())).toEqual(['401', '401']);
}, 30_000);

test('who sends more than a hundred behind one another gets answers to those, one refusal, and the end', async () => {
  const rig = await startRig();
  const { socket, heard, closed } = await open(rig);
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_000));
  expect(await closed(10_000)).toBe(true);
  const all = statuses(heard());
  expect(all.slice(0, -1).every((status) => status === '200')).toBe(true);
  expect(all.at(-1)).toBe('429');
  expect(heard()).toContain('wait behind one another');
}, 30_000);
