import { datasets } from '../../../test/fixtures/datasets';
import { heldSink } from './support/held';
import { head, open } from './support/raw';
import { logEvent, ndjson, startRig } from './support/rig';

const problem = (status: number, title: string, code: string, detail: string) => ({
  type: `urn:lake:ingest:${code}`,
  title,
  status,
  detail,
  requestId: expect.any(String),
});

test('while it drains, an answer ends its connection; then nothing answers', async () => {
  const { sink, begun, store } = heldSink();
  const rig = await startRig({ sink });
  const waiting = rig.post([logEvent()]);
  await begun;
  const stopped = rig.gateway.stop();
  expect(rig.gateway.stop()).toBe(stopped);
  store();
  const answer = await waiting;
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  expect(await stopped).toBe(true);
  await expect(rig.get('/healthz')).rejects.toThrow();
});

test('a request that comes while it drains is sent to another node, before its token is looked at', async () => {
  const rig = await startRig();
  const { socket, heard, closed } = await open(rig);
  const text = `${head('a.b.c', 'Content-Length: 3')}{}\n`;
  socket.write(text.slice(0, 40));
  // It has begun once the node has seen its first bytes.
  await rig.get('/healthz');
  const stopped = rig.gateway.stop();
  socket.write(text.slice(40));
  expect(await closed(10_000)).toBe(true);
  const [lines = '', body = ''] = heard().split('\r\n\r\n');
  expect(lines).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
  expect(lines).toMatch(/\r\nretry-after: 1\r\n/);
  expect(lines).toMatch(/\r\nconnection: close(?:\r\n|$)/);
  expect(JSON.parse(body)).toEqual(
    problem(503, 'Service Unavailable', 'draining', 'this node is being stopped; send the request again'),
  );
  expect(await stopped).toBe(true);
  expect(await rig.gateway.metrics.text()).toContain('ingest_shed_total{reason="draining"} 1\n');
});

test('what a caller who has left sent before is stored before the process counts as drained', async () => {
  const { sink, begun, store } = heldSink();
  const rig = await startRig({ sink });
  const held = async () => Number(/^ingest_buffered_bytes (\d+)$/m.exec(await rig.gateway.metrics.text())?.[1]);
  const { socket } = await open(rig);
  const body = ndjson([logEvent()]);
  socket.write(`${head(rig.token, `Content-Length: ${body.length}`)}${body.slice(0, 10)}`);
  for (let i = 0; i < 400 && (await held()) === 0; i += 1) await rig.get('/healthz');
  let isDrained = false;
  const stopped = rig.gateway.stop().then((ok) => {
    isDrained = true;
    return ok;
  });
  socket.write(body.slice(10));
  await begun;
  const gone = new Promise((resolve) => socket.once('close', resolve));
  socket.destroy();
  await gone;
  // Without it the process would end now.
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isDrained).toBe(false);
  store();
  expect(await stopped).toBe(true);
});

describe('a request for which there is no room', () => {
  const MIB = 1024 * 1024;
  const settings = {
    INGEST_MAX_BUFFERED_BYTES: String(MIB),
    INGEST_MAX_INFLATED_BYTES: String(MIB),
    INGEST_MAX_BODY_BYTES: String(MIB),
  };
  /** What a gateway answers to a head alone, while another request of a subject is being stored. */
  async function told(subject: string, length: number) {
    const { sink, begun, store } = heldSink();
    const rig = await startRig({ settings, sink });
    const storing = rig.post([logEvent({ user_agent: 'x'.repeat(200_000) })]);
    await begun;
    const { socket, heard } = await open(rig);
    socket.write(head(await rig.issuer.token({ sub: subject }), `Content-Length: ${length}`));
    for (let i = 0; i < 400 && !heard().endsWith('}'); i += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    store();
    expect((await storing).status).toBe(200);
    const metrics = await rig.gateway.metrics.text();
    return { heard: heard(), shed: metrics.split('\n').filter((line) => line.startsWith('ingest_shed_total{')) };
  }

  test('is refused by its length, before its body has come', async () => {
    const { heard, shed } = await told('another', 900_000);
    expect(heard).toContain('HTTP/1.1 503 ');
    expect(heard).toContain('urn:lake:ingest:overloaded');
    expect(shed).toEqual(['ingest_shed_total{reason="memory"} 1']);
  });

  test('beside those of its own subject is one too many at once', async () => {
    const { heard, shed } = await told('producer', 700_000);
    expect(heard).toContain('HTTP/1.1 429 ');
    expect(heard).toContain('urn:lake:ingest:too-many-at-once');
    expect(shed).toEqual(['ingest_shed_total{reason="share"} 1']);
  });
});

test('of a caller who has left, memory is held while his events are stored, and no longer', async () => {
  const { sink, begun, store } = heldSink();
  const rig = await startRig({ sink });
  const held = async () => Number(/^ingest_buffered_bytes (\d+)$/m.exec((await rig.get('/metrics')).body)?.[1]);
  const { socket } = await open(rig);
  const body = ndjson([logEvent()]);
  socket.write(`${head(rig.token, `Content-Length: ${body.length}`)}${body}`);
  await begun;
  socket.destroy();
  // Time for the node to see it.
  for (let i = 0; i < 5; i += 1) expect(await held()).toBeGreaterThan(2_048);
  store();
  for (let i = 0; i < 200 && (await held()) > 0; i += 1) await rig.get('/healthz');
  expect(await held()).toBe(0);
});

test('a query that is not known is refused', async () => {
  const rig = await startRig();
  const { status, body } = await rig.post([logEvent()], { query: '?results=some' });
  expect([status, body]).toEqual([400, problem(400, 'Bad Request', 'bad-query', 'results must be problems or all')]);
});

describe('who may post what', () => {
  test('whether a dataset exists is not told to who has no role for it', async () => {
    const rig = await startRig();
    const answers = [];
    for (const dataset of ['orders', 'nope']) {
      const { status, body } = await rig.post([logEvent()], {
        dataset,
        token: await rig.issuer.token({ scope: 'ingest:access_logs' }),
      });
      answers.push([status, body.type, body.detail]);
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  test.each([
    [
      'without a role for the dataset',
      'orders',
      'ingest:access_logs',
      403,
      'Forbidden',
      'forbidden',
      'the token has no role ingest:<dataset> for this dataset',
    ],
    [
      'to a dataset that does not exist',
      'nope',
      'ingest:nope',
      404,
      'Not Found',
      'no-dataset',
      'there is no such dataset that takes JSON',
    ],
  ])('%s, nothing is read', async (_, dataset, scope, status, title, code, detail) => {
    const rig = await startRig();
    const answer = await rig.post([logEvent()], { dataset, token: await rig.issuer.token({ scope }) });
    expect([answer.status, answer.body]).toEqual([status, problem(status, title, code, detail)]);
    expect(rig.raw()).toEqual({});
  });

  test('a dataset of another input takes no events', async () => {
    const closed = datasets.map((dataset) =>
      dataset.name === 'orders' ? { ...dataset, input: { ...dataset.input, formats: ['csv' as const] } } : dataset,
    );
    const rig = await startRig({ datasets: closed });
    expect((await rig.post([logEvent()], { dataset: 'orders' })).body.type).toBe('urn:lake:ingest:no-dataset');
  });

  test('a request without a body holds no event', async () => {
    const rig = await startRig();
    const answer = await fetch(`${rig.url}/v1/datasets/access_logs/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.token}`, 'content-type': 'application/x-ndjson' },
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      problem(400, 'Bad Request', 'no-events', 'the body holds no event'),
    ]);
  });
});
