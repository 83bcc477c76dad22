import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportSPKI, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { InvalidTokenError, principalOf } from '../../gateway/auth/claims';
import type { AuthSettings } from '../../gateway/settings';
import { later, logEvent, type Rig, startRig } from './support/rig';
import { AUDIENCE, createIssuer, ISSUER } from './support/tokens';

const claims = () => ({ sub: 'producer', scope: 'ingest:access_logs', iss: ISSUER, aud: AUDIENCE });
const inTenMinutes = () => Math.floor(Date.now() / 1000) + 600;
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
