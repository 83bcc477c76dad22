import { KeyObject, type webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportSPKI, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { InvalidTokenError, principalOf } from '../../gateway/auth/claims';
import { KeysUnavailableError } from '../../gateway/auth/keys';
import { TokenVerifier } from '../../gateway/auth/tokens';
import type { AuthSettings } from '../../gateway/settings';
import { later, logEvent, type Rig, startRig } from './support/rig';
import { AUDIENCE, createIssuer, ISSUER } from './support/tokens';

const claims = () => ({ sub: 'producer', scope: 'ingest:access_logs', iss: ISSUER, aud: AUDIENCE });
const inTenMinutes = () => Math.floor(Date.now() / 1000) + 600;
const SETTINGS: AuthSettings = {
  jwks: '',
  issuer: ISSUER,
  profile: 'standard',
  audience: AUDIENCE,
  algorithms: ['ES256'],
  rolesClaim: 'scope',
};
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Posts an event with a token and expects that it is turned away before anything is stored. */
async function refuses(rig: Rig, token: string, status = 401): Promise<string> {
  const answer = await rig.post([logEvent()], { token });
  expect([answer.status, rig.raw()]).toEqual([status, {}]);
  if (status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  return answer.body.detail as string;
}

test('a token that holds is enough', async () => {
  const rig = await startRig();
  expect((await rig.post([logEvent()])).status).toBe(200);
});

test('alg=none is refused', async () => {
  const rig = await startRig();
  await refuses(rig, new UnsecuredJWT(claims()).setExpirationTime('10m').encode());
  const header = encoded({ alg: 'none', kid: 'key-1' });
  await refuses(rig, `${header}.${encoded({ ...claims(), exp: inTenMinutes() })}.c2ln`);
});

test('HS256 signed with the public key is refused', async () => {
  const issuer = await createIssuer('RS256');
  const rig = await startRig({ issuer });
  for (const secret of [
    await exportSPKI(issuer.publicKey),
    issuer.jwks,
    JSON.stringify(JSON.parse(issuer.jwks).keys[0]),
  ]) {
    const token = await new SignJWT({ ...claims(), exp: inTenMinutes() })
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .sign(new TextEncoder().encode(secret));
    expect(await refuses(rig, token)).toContain('alg');
  }
});

test('an algorithm that is not on the list is refused, though the key would fit', async () => {
  const issuer = await createIssuer('RS256');
  const rig = await startRig({ issuer, settings: { INGEST_JWT_ALGORITHMS: 'ES256' } });
  expect(await refuses(rig, await issuer.token())).toContain('alg');
});

test.each<[string, Record<string, unknown>, string]>([
  ['of a wrong issuer', { iss: 'https://issuer.example.evil' }, '"iss"'],
  ['without issuer', { iss: null }, '"iss"'],
  ['for a wrong audience', { aud: 'lake2' }, '"aud"'],
  ['without audience', { aud: null }, '"aud"'],
  ['without exp', { exp: null }, '"exp"'],
  ['that has ended', { exp: Math.floor(Date.now() / 1000) - 60 }, '"exp"'],
  ['that does not hold yet', { nbf: inTenMinutes() }, '"nbf"'],
  ['whose exp is a text', { exp: 'never' }, '"exp"'],
  ['without subject', { sub: null }, '"sub"'],
  ['with an empty subject', { sub: '' }, '"sub"'],
  ['with an endless subject', { sub: 'x'.repeat(300) }, '"sub"'],
])('a token %s is refused', async (_, changes, named) => {
  const rig = await startRig();
  expect(await refuses(rig, await rig.issuer.token(changes))).toContain(named);
});

test('a subject as long as can be is taken', async () => {
  const rig = await startRig();
  const token = await rig.issuer.token({ sub: 'x'.repeat(256) });
  expect((await rig.post([logEvent()], { token })).status).toBe(200);
});

test('of roles in an array, only texts count', () => {
  const settings = { profile: 'oidc', rolesClaim: 'roles', partitionsClaim: undefined } as unknown as AuthSettings;
  const of = (roles: unknown) => [...principalOf({ sub: 'x', roles }, settings).datasets];
  expect(of(['ingest:orders', 7, null, ['ingest:a'], { startsWith: 'ingest:' }])).toEqual(['orders']);
  expect([of({ 0: 'ingest:orders' }), of(undefined)]).toEqual([[], []]);
});

test.each([undefined, 7, {}])('a subject that is %j is refused, and the error says by its name what it is', (sub) => {
  const wrong = (): unknown => principalOf({ sub } as JWTPayload, {} as AuthSettings);
  expect(wrong).toThrow(InvalidTokenError);
  expect(wrong).toThrow(expect.objectContaining({ name: 'InvalidTokenError' }));
});

test('an unknown kid is refused', async () => {
  const rig = await startRig();
  await refuses(rig, await rig.issuer.token({}, { kid: 'key-2' }));
  await refuses(rig, await rig.issuer.token({}, { kid: '../../etc/passwd' }));
});

test('jku, x5u and jwk headers that bring a key along are not followed', async () => {
  let asked = 0;
  const evil = await createIssuer('ES256', 'key-9');
  const server = createServer((_, response) => {
    asked += 1;
    response.end(evil.jwks);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  later(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  const rig = await startRig();
  const [jwk] = JSON.parse(evil.jwks).keys;
  for (const kid of ['key-9', 'key-1']) {
    await refuses(rig, await evil.token({}, { kid, jku: url, x5u: url, jwk }));
  }
  expect(asked).toBe(0);
});

test('a changed payload, a stripped signature and another key of the same id are refused', async () => {
  const rig = await startRig();
  const [header, , signature] = rig.token.split('.');
  await refuses(rig, `${header}.${encoded({ ...claims(), sub: 'admin', exp: inTenMinutes() })}.${signature}`);
  await refuses(rig, `${rig.token.split('.').slice(0, 2).join('.')}.`);
  await refuses(rig, await (await createIssuer()).token());
});

test('an unknown critical header is refused', async () => {
  const rig = await startRig();
  const token = await new SignJWT({ ...claims(), exp: inTenMinutes() })
    .setProtectedHeader({ alg: 'ES256', kid: 'key-1', crit: ['b64'], b64: true })
    .sign(rig.issuer.privateKey);
  const [, payload, signature] = token.split('.');
  const header = encoded({ alg: 'ES256', kid: 'key-1', crit: ['exotic'], exotic: 1 });
  await refuses(rig, `${header}.${payload}.${signature}`);
});

test.each([
  ['', 'no bearer token'],
  ['Bearer', 'no bearer token'],
  ['Basic dXNlcjpwYXNz', 'no bearer token'],
  ['Bearer a.b', 'no bearer token'],
  ['Bearer a.b.c.d', 'no bearer token'],
  ['Bearer a.b.c d', 'no bearer token'],
  ['Basic Bearer a.b.c', 'no bearer token'],
  [`Bearer a.${'b'.repeat(8_189)}.c`, 'the token is too long'],
])('what is not a token is refused: %.20s', async (authorization, detail) => {
  const rig = await startRig();
  const answer = await rig.post([logEvent()], { headers: { authorization } });
  expect([answer.status, answer.body.type, answer.body.detail]).toEqual([401, 'urn:lake:ingest:unauthorized', detail]);
});

test('without an Authorization header the refusal says so', () => {
  const verifier = new TokenVerifier(SETTINGS, { find: async () => [] });
  expect(() => verifier.verify(undefined)).toThrow(new InvalidTokenError('no Authorization header'));
});

test('a token as long as may be is looked at, and several spaces may stand before it', async () => {
  const verifier = new TokenVerifier(SETTINGS, { find: async () => [] });
  const longest = `a.${'b'.repeat(8_192 - 4)}.c`;
  for (const header of [`Bearer ${longest}`, 'Bearer   a.b.c', 'bearer a.b.c']) {
    const refused = Promise.resolve(verifier.verify(header));
    await expect(refused).rejects.toThrow(InvalidTokenError);
    await expect(refused).rejects.not.toThrow('too long');
  }
});

describe('roles', () => {
  test.each([
    ['none', { scope: null }],
    ['another dataset', { scope: 'ingest:orders' }],
    ['a beginning of the name', { scope: 'ingest:access' }],
    ['a wildcard, which means nothing', { scope: 'ingest:* ingest:' }],
    ['a number', { scope: 7 }],
    ['an object', { scope: { 'ingest:access_logs': true } }],
  ])('%s: 403', async (_, changes) => {
    const rig = await startRig();
    await refuses(rig, await rig.issuer.token(changes), 403);
  });

  test('as an array, in another claim', async () => {
    const rig = await startRig({ settings: { INGEST_JWT_ROLES_CLAIM: 'roles' } });
    const token = await rig.issuer.token({ roles: ['ingest:access_logs'], scope: null });
    expect((await rig.post([logEvent()], { token })).status).toBe(200);
    await refuses2(rig, await rig.issuer.token());
  });

  const refuses2 = async (rig: Rig, token: string) =>
    expect((await rig.post([logEvent()], { token })).status).toBe(403);

  test('for a dataset that does not exist say no more than others: 403 without the role', async () => {
    const rig = await startRig();
    expect((await rig.post([logEvent()], { dataset: 'nope' })).status).toBe(403);
    const token = await rig.issuer.token({ scope: 'ingest:nope' });
    expect((await rig.post([logEvent()], { dataset: 'nope', token })).status).toBe(404);
  });
});

test('a token that was verified is not believed beyond its end', async () => {
  let now = Date.now();
  const rig = await startRig({ now: () => now });
  const token = await rig.issuer.token({ exp: Math.floor(now / 1000) + 30 });
  expect((await rig.post([logEvent()], { token })).status).toBe(200);
  now += 36_000;
  expect((await rig.post([logEvent()], { token })).status).toBe(401);
});

test('a token is looked up again from the instant of its end, within the tolerance of clocks', async () => {
  const { issuer } = await startRig();
  const end = Math.floor(Date.now() / 1000) + 30;
  let [now, lookups] = [(end - 30) * 1000, 0];
  const find = async () => {
    lookups += 1;
    return [KeyObject.from(issuer.publicKey)];
  };
  const verifier = new TokenVerifier(SETTINGS, { find }, () => now);
  const token = await issuer.token({ exp: end });
  const verify = async () => (await verifier.verify(`Bearer ${token}`)).subject;
  for (const [at, expected] of [
    [end * 1000 - 30_000, 1],
    [end * 1000 - 1, 1],
    [end * 1000, 2],
    [end * 1000 + 4_000, 3],
  ] as const) {
    now = at;
    expect([await verify(), lookups]).toEqual(['producer', expected]);
  }
});

test('every key of an id is tried, each once, until one fits; any other fault ends the attempts', async () => {
  const { issuer } = await startRig();
  const others = await Promise.all([createIssuer(), createIssuer()]);
  const [own, one, two] = [issuer, ...others].map(({ publicKey }) => KeyObject.from(publicKey));
  let lookups = 0;
  const over = (...keys: readonly (KeyObject | undefined)[]) =>
    new TokenVerifier(SETTINGS, {
      find: async () => {
        lookups += 1;
        return keys as readonly KeyObject[];
      },
    });
  const bearer = async (claims: object = {}) => `Bearer ${await issuer.token({ ...claims })}`;
  expect((await over(one, two, own).verify(await bearer())).subject).toBe('producer');
  expect(lookups).toBe(3);
  lookups = 0;
  await expect(over(one, two).verify(await bearer())).rejects.toThrow('signature verification failed');
  expect(lookups).toBe(2);
  lookups = 0;
  await expect(over(own, one).verify(await bearer({ aud: 'elsewhere' }))).rejects.toThrow('"aud"');
  expect(lookups).toBe(1);
});

test.each([
  ['keys that cannot be loaded', new KeysUnavailableError('no keys')],
  ['an error of the keys', new TypeError('broken')],
])('%s are no fault of the token', async (_, error) => {
  const { token } = await startRig();
  const verifier = new TokenVerifier(SETTINGS, { find: () => Promise.reject(error) });
  await expect(verifier.verify(`Bearer ${token}`)).rejects.toBe(error);
});

test('of two tokens that differ each is verified, and a refusal is not remembered', async () => {
  const { issuer } = await startRig();
  const verifier = new TokenVerifier(SETTINGS, { find: async () => [KeyObject.from(issuer.publicKey)] });
  const subjects = await Promise.all(
    ['one', 'two', 'one'].map(async (sub) => (await verifier.verify(`Bearer ${await issuer.token({ sub })}`)).subject),
  );
  expect(subjects).toEqual(['one', 'two', 'one']);
});

test('a clock that goes back does not make the gateway trust a token longer', async () => {
  let now = Date.now();
  const rig = await startRig({ now: () => now });
  const token = await rig.issuer.token({ exp: Math.floor(now / 1000) + 60 });
  const verifier = new TokenVerifier(
    SETTINGS,
    // Has the keys once, and then none: what is believed is not looked up.
    { find: keysOnce(rig.issuer.publicKey) },
    () => now,
  );
  const verify = async () => (await verifier.verify(`Bearer ${token}`)).subject;
  const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
  later(() => clock.mockRestore());
  expect(await verify()).toBe('producer');
  now -= 3_600_000;
  clock.mockReturnValue(299_999);
  expect(await verify()).toBe('producer');
  clock.mockReturnValue(300_000);
  await expect(verify()).rejects.toThrow('no applicable key');
});

test.each([
  ['their number', { tokens: 4, characters: 1e9 }, 0],
  ['their length', { tokens: 1e9, characters: 20_000 }, 3_000],
])('what is remembered of tokens is bounded by %s', async (_, remembered, padding) => {
  const rig = await startRig();
  let lookups = 0;
  const keys = {
    find: async () => {
      lookups += 1;
      return [KeyObject.from(rig.issuer.publicKey)];
    },
  };
  const verifier = new TokenVerifier(SETTINGS, keys, Date.now, remembered);
  const verify = async (token: string): Promise<number> => {
    const before = lookups;
    await verifier.verify(`Bearer ${token}`);
    return lookups - before;
  };
  const tokens = await Promise.all(
    Array.from({ length: 5 }, (_, i) => rig.issuer.token({ jti: `${i}`, scope: `ingest:${'x'.repeat(padding)}` })),
  );
  for (const token of tokens) expect(await verify(token)).toBe(1);
  // The fifth made room for itself: the older half has gone, the younger is known.
  const again: number[] = [];
  for (const token of tokens.slice(2)) again.push(await verify(token));
  expect(again).toEqual([0, 0, 0]);
  expect(await verify(tokens[0] as string)).toBe(1);
  // There was room for it, as what has gone takes none.
  const last: number[] = [];
  for (const token of [...tokens.slice(2), ...tokens.slice(0, 1)]) last.push(await verify(token));
  expect(last).toEqual([0, 0, 0, 0]);
});

test('tokens that together have as many characters as may be are all remembered', async () => {
  const { issuer } = await startRig();
  const tokens = await Promise.all(['one', 'two'].map((jti) => issuer.token({ jti })));
  let lookups = 0;
  const find = async () => {
    lookups += 1;
    return [KeyObject.from(issuer.publicKey)];
  };
  const remembered = { tokens: 1e9, characters: tokens.join('').length };
  const verifier = new TokenVerifier(SETTINGS, { find }, Date.now, remembered);
  for (const token of [...tokens, ...tokens]) await verifier.verify(`Bearer ${token}`);
  expect(lookups).toBe(2);
});

const keysOnce = (key: webcrypto.CryptoKey) => {
  const keys = [KeyObject.from(key)];
  return async () => keys.splice(0);
};
