import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { fileOrigin, urlOrigin } from '../../gateway/auth/key-origin';
import { FILE_TIMES, type KeyObserver, type KeySource, keySource, URL_TIMES } from '../../gateway/auth/keys';
import { folder, later, logEvent, startRig } from './support/rig';
import { createIssuer } from './support/tokens';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An issuer whose answer can be exchanged, and that counts who asks. */
async function issuerServer(answer: Answer) {
  const world = { answer, asked: 0, url: '', open: 0, mostOpen: 0 };
  const server = createServer((request, response) => {
    world.asked += 1;
    world.open += 1;
    world.mostOpen = Math.max(world.mostOpen, world.open);
    response.on('close', () => {
      world.open -= 1;
    });
    world.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  later(() => {
    server.closeAllConnections();
    server.close();
  });
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  return world;
}

const text =
  (body: string | Buffer, status = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

const until = async (condition: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !condition(); i += 1) await sleep(10);
  expect(condition()).toBe(true);
};

interface Watched {
  readonly keys: KeySource;
  readonly failures: string[];
  attempts: number;
}

function watch(location: string, times: Partial<typeof URL_TIMES> = {}, now?: () => number): Watched {
  const failures: string[] = [];
  const watched = { failures, attempts: 0 };
  const observer: KeyObserver = {
    failing: (reason) => failures.push(reason),
    loaded: () => {},
    attempted: () => {
      watched.attempts += 1;
    },
  };
  const keys = keySource(location, {
    algorithms: ['ES256', 'RS256'],
    observer,
    times: { ...URL_TIMES, ...times },
    ...(now === undefined ? {} : { now }),
  });
  later(() => keys.close());
  return Object.assign(watched, { keys });
}

const header = (kid: string) => ({ alg: 'ES256', kid });

describe('while the issuer is in trouble, the keys that are known go on being used', () => {
  const empty = JSON.stringify({ keys: [] });
  const secret = JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA', kid: 'key-1', alg: 'HS256' }] });

  test.each<[string, Answer, string]>([
    ['500', text('down', 500), 'the issuer answers 500'],
    ['304, though nobody asked for it', text('', 304), 'the issuer answers 304'],
    ['204', text('', 204), 'the issuer answers 204'],
    ['404', text('no', 404), 'the issuer answers 404'],
    ['a redirect', text('', 302, { location: 'http://127.0.0.1:1/evil' }), 'a redirect to "http://127.0.0.1:1/evil"'],
    ['HTML with 200', text('<!doctype html><h1>Sign in</h1>'), 'no JSON; it begins with "<!doctype html>'],
    ['nothing with 200', text(''), 'no JSON'],
    ['half a key set', text('{"keys":[{"kty":"EC"'), 'no JSON'],
    ['null', text('null'), 'has no array "keys"'],
    ['something else', text('{"error":"busy"}'), 'has no array "keys"'],
    ['an empty key set', text(empty), 'it is empty'],
    ['a key set without a key to verify with', text(secret), 'no key that verifies'],
    ['keys without end', (_, response) => void endless(response), 'larger than 262144 bytes'],
    [
      'a bomb',
      text(gzipSync(Buffer.alloc(50_000_000, 0x20)), 200, { 'content-encoding': 'gzip' }),
      'larger than 262144',
    ],
    ['more keys than any issuer has', text(JSON.stringify({ keys: Array(101).fill({}) })), '101 keys'],
    ['a connection that breaks', (_, response) => void response.destroy(), 'fetch failed'],
    ['a body that breaks', (_, response) => broken(response), 'terminated'],
  ])('%s', async (_, answer, reason) => {
    const issuer = await createIssuer();
    const server = await issuerServer(text(issuer.jwks));
    const { keys, failures } = watch(server.url, { refresh: 20, firstWait: 20, longestWait: 50 });
    await keys.ready();
    server.answer = answer;
    await until(() => failures.length > 0);
    expect(failures[0]).toContain(reason);
    expect(await keys.find(header('key-1'))).toHaveLength(1);
    expect(keys.size).toBe(1);
    server.answer = text(issuer.jwks);
    await until(() => keys.ageSeconds < 0.02);
    expect(await keys.find(header('key-1'))).toHaveLength(1);
  });

  test('is asked for as JSON, and of an endless redirect only the beginning is told', async () => {
    let accepted: string | undefined;
    const server = await issuerServer((request, response) => {
      accepted = request.headers.accept;
      response.writeHead(302, { location: `http://127.0.0.1:1/${'x'.repeat(400)}` }).end();
    });
    const told = await urlOrigin(server.url)
      .load()
      .catch((error: Error) => error.message);
    expect(accepted).toBe('application/json');
    expect(told).toContain(`a redirect to "http://127.0.0.1:1/${'x'.repeat(200 - 'http://127.0.0.1:1/'.length)}"`);
  });

  function endless(response: ServerResponse): void {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '.repeat(65_536)), 1);
    response.on('close', () => clearInterval(timer));
  }

  function broken(response: ServerResponse): void {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"keys":[');
    setTimeout(() => response.destroy(), 10);
  }

  test('an issuer that sends byte by byte is given up after five seconds, and delays no request meanwhile', async () => {
    const issuer = await createIssuer();
    const server = await issuerServer(text(issuer.jwks));
    const { keys, failures } = watch(server.url, { refresh: 20, firstWait: 50_000 });
    await keys.ready();
    server.answer = (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(timer));
    };
    await until(() => server.open === 1 && server.asked > 1);
    const started = performance.now();
    expect(await keys.find(header('key-1'))).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2_500);
    for (let i = 0; i < 100 && failures.length === 0; i += 1) await sleep(100);
    expect(failures).toEqual(['no key set within 5 seconds']);
    await until(() => server.open === 0);
  }, 20_000);

  test('for a day, not longer', async () => {
    const issuer = await createIssuer();
    const server = await issuerServer(text(issuer.jwks));
    const clock = { now: 0 };
    const { keys } = watch(server.url, {}, () => clock.now);
    await keys.ready();
    server.answer = text('down', 500);
    clock.now = 24 * 3_600_000;
    expect(await keys.find(header('key-1'))).toHaveLength(1);
    expect(keys.ageSeconds).toBe(86_400);
    clock.now += 1;
    await expect(keys.find(header('key-1'))).rejects.toThrow('there are no keys: the issuer answers 500');
    await expect(keys.ready()).rejects.toThrow('the issuer answers 500');
    expect(URL_TIMES.longestUse).toBe(24 * 3_600_000);
    expect(FILE_TIMES.longestUse).toBe(24 * 3_600_000);
  });
});

describe('loads', () => {
  test('of a failing issuer become ever rarer, with jitter, whoever asks', async () => {
    const server = await issuerServer(text('down', 500));
    const clock = { now: 0 };
    const { keys } = watch(server.url, { firstWait: 1_000, longestWait: 60_000 }, () => clock.now);
    const times: number[] = [];
    let seen = 0;
    for (; clock.now < 600_000; clock.now += 250) {
      await Promise.all([keys.ready().catch(() => {}), keys.find(header('x')).catch(() => {})]);
      if (server.asked > seen) times.push(clock.now);
      seen = server.asked;
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
    expect(gaps.length).toBeLessThan(30);
    for (const [index, gap] of gaps.entries()) {
      const most = Math.min(60_000, 1_000 * 2 ** index);
      expect(gap).toBeGreaterThanOrEqual(most / 2);
      expect(gap).toBeLessThanOrEqual(most + 250);
    }
    expect(new Set(gaps.slice(-6)).size).toBeGreaterThan(1);
  });

  test('happen one at a time, however many wait', async () => {
    const issuer = await createIssuer();
    const server = await issuerServer((_, response) => void setTimeout(() => response.end(issuer.jwks), 100));
    const { keys } = watch(server.url);
    const found = await Promise.all(Array.from({ length: 200 }, () => keys.find(header('key-1'))));
    expect(found.every(({ length }) => length === 1)).toBe(true);
    expect([server.asked, server.mostOpen]).toEqual([1, 1]);
  });

  test('are not caused by made-up key ids: one in half a minute at most', async () => {
    const issuer = await createIssuer();
    const server = await issuerServer(text(issuer.jwks));
    const clock = { now: 0 };
    const { keys } = watch(server.url, {}, () => clock.now);
    for (let i = 0; i < 500; i += 1) expect(await keys.find(header(`made-up-${i}`))).toEqual([]);
    expect(server.asked).toBe(1);
    for (; clock.now < 300_000; clock.now += 1_000) await keys.find(header(`made-up-${clock.now}`));
    expect(server.asked).toBeLessThanOrEqual(1 + 300 / 30);
    expect(server.asked).toBeGreaterThan(5);
  });

  test('find a key that was added, at once after the cooldown; one that was withdrawn is gone with the next', async () => {
    const [before, after] = [await createIssuer('ES256', 'old'), await createIssuer('ES256', 'new')];
    const server = await issuerServer(text(before.jwks));
    const clock = { now: 0 };
    const { keys } = watch(server.url, { refresh: 50_000 }, () => clock.now);
    expect(await keys.find(header('old'))).toHaveLength(1);
    server.answer = text(after.jwks);
    clock.now = 30_000;
    expect(await keys.find(header('new'))).toHaveLength(1);
    expect(await keys.find(header('old'))).toEqual([]);
  });

  test('go on by themselves, so that a withdrawn key ends without a request; close ends them', async () => {
    const [before, after] = [await createIssuer('ES256', 'old'), await createIssuer('ES256', 'new')];
    const server = await issuerServer(text(before.jwks));
    const { keys } = watch(server.url, { refresh: 30 });
    await keys.ready();
    server.answer = text(after.jwks);
    const { asked } = server;
    await until(() => server.asked > asked + 1);
    expect(await keys.find(header('new'))).toHaveLength(1);
    keys.close();
    await until(() => server.open === 0);
    const ended = server.asked;
    await sleep(150);
    expect(server.asked).toBeLessThanOrEqual(ended + 1);
  });

  test('that fail make an unknown key id a matter for later, not a refusal: it may be a new key', async () => {
    const issuer = await createIssuer();
    const server = await issuerServer(text(issuer.jwks));
    const { keys, failures } = watch(server.url, { refresh: 20, firstWait: 20, longestWait: 50 });
    await keys.ready();
    server.answer = text('down', 500);
    await until(() => failures.length > 0);
    await expect(keys.find(header('new'))).rejects.toThrow('cannot be loaded: the issuer answers 500');
  });
});

describe('a file of keys', () => {
  const setUp = async () => {
    const issuer = await createIssuer();
    const file = join(folder(), 'jwks.json');
    writeFileSync(file, issuer.jwks);
    return { issuer, file, ...watch(file, { refresh: 20, firstWait: 20, longestWait: 40 }) };
  };

  test.each<[string, (file: string) => void]>([
    ['missing', (file) => rmSync(file)],
    ['half written', (file) => writeFileSync(file, '{"keys":[{"kty":')],
    ['empty', (file) => writeFileSync(file, '')],
    [
      'a folder',
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    ['huge', (file) => writeFileSync(file, randomBytes(300_000))],
  ])('that is %s leaves those of before, and is read again', async (_, spoil) => {
    const { file, keys, failures } = await setUp();
    await keys.ready();
    spoil(file);
    await until(() => failures.length > 0);
    expect(await keys.find(header('key-1'))).toHaveLength(1);
    const next = await createIssuer('ES256', 'next');
    rmSync(file, { recursive: true, force: true });
    writeFileSync(`${file}.new`, next.jwks);
    renameSync(`${file}.new`, file);
    for (let i = 0; i < 200 && (await keys.find(header('next')).catch(() => [])).length === 0; i += 1) await sleep(20);
    expect(await keys.find(header('next'))).toHaveLength(1);
    expect(await keys.find(header('key-1'))).toEqual([]);
  });

  test('that comes later than the gateway is found', async () => {
    const issuer = await createIssuer();
    const file = join(folder(), 'jwks.json');
    const { keys } = watch(file, { refresh: 20, firstWait: 20, longestWait: 40 });
    await expect(keys.ready()).rejects.toThrow('ENOENT');
    writeFileSync(file, issuer.jwks);
    await until(() => keys.size === 1);
  });

  test('that is the end of the machine is read to its limit and no further', async () => {
    await expect(fileOrigin('/dev/zero').load()).rejects.toThrow('larger than 262144 bytes');
  });

  test('may be as large as the limit', async () => {
    const file = join(folder(), 'jwks.json');
    writeFileSync(file, ' '.repeat(262_144));
    expect(await fileOrigin(file).load()).toHaveLength(262_144);
    writeFileSync(file, ' '.repeat(262_145));
    await expect(fileOrigin(file).load()).rejects.toThrow('larger than 262144 bytes');
  });

  test('is read again within ten seconds', () => expect(FILE_TIMES.refresh).toBe(10_000));
});

describe('the gateway', () => {
  test('verifies a token whose key id two keys have, and one without key id', async () => {
    const [first, second] = [await createIssuer(), await createIssuer()];
    const keys = [first, second].flatMap(({ jwks }) => JSON.parse(jwks).keys);
    const rig = await startRig({ issuer: { ...second, jwks: JSON.stringify({ keys }) } });
    for (const issuer of [first, second]) {
      for (const header of [{}, { kid: undefined }]) {
        const token = await issuer.token({}, header);
        expect((await rig.post([logEvent()], { token })).status).toBe(200);
      }
    }
    const stranger = await createIssuer();
    expect((await rig.post([logEvent()], { token: await stranger.token() })).status).toBe(401);
  });

  test('with no keys: 503, not ready, one line in the log; a second later all is well', async () => {
    const issuer = await createIssuer();
    const server = await issuerServer(text('down', 500));
    const rig = await startRig({ issuer, settings: { INGEST_JWKS: server.url } });
    for (let i = 0; i < 20; i += 1) {
      const answer = await rig.post([logEvent()]);
      expect([answer.status, answer.headers.get('retry-after'), answer.body.type]).toEqual([
        503,
        '1',
        'urn:lake:ingest:no-keys',
      ]);
    }
    expect((await rig.get('/readyz')).status).toBe(503);
    expect((await rig.get('/healthz')).status).toBe(200);
    expect(server.asked).toBeLessThan(6);
    expect(rig.logs.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({ reason: 'the issuer answers 500', keysInUse: 0 }),
    ]);
    server.answer = text(issuer.jwks);
    for (let i = 0; i < 200 && (await rig.get('/readyz')).status !== 200; i += 1) await sleep(25);
    expect((await rig.post([logEvent()])).status).toBe(200);
    expect(rig.logs).toContainEqual(expect.objectContaining({ message: 'the keys of the issuer are loaded', keys: 1 }));
  });

  test('goes on when its key file is gone', async () => {
    const issuer = await createIssuer();
    const file = join(folder(), 'jwks.json');
    writeFileSync(file, issuer.jwks);
    const rig = await startRig({ issuer, settings: { INGEST_JWKS: file } });
    rmSync(file);
    // The time of a file is ten seconds: when a key that is not known is asked for after that, the load fails.
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 11_000);
    later(() => jest.restoreAllMocks());
    const unknown = await issuer.token({}, { kid: 'another' });
    expect((await rig.post([logEvent()], { token: unknown })).status).toBe(503);
    expect(rig.logs).toContainEqual(expect.objectContaining({ level: 'error', keysInUse: 1 }));
    expect((await rig.post([logEvent()])).status).toBe(200);
    expect((await rig.get('/readyz')).status).toBe(200);
    const { body } = await rig.get('/metrics');
    expect(body).toMatch(/ingest_key_loads_total\{outcome="failed"\} [1-9]/);
    expect(Number(/ingest_keys_age_seconds ([\d.]+)/.exec(body)?.[1])).toBeGreaterThan(10);
    const line = JSON.parse(rig.gateway.metrics.emf('Lake', 0).at(-1) ?? '');
    expect(line.KeysAgeSeconds).toBeGreaterThan(10);
    expect(line._aws.CloudWatchMetrics[0].Metrics).toContainEqual({ Name: 'KeysAgeSeconds', Unit: 'Seconds' });
  });
});
