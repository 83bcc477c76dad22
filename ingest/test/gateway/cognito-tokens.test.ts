import { logEvent, type Rig, startRig } from './support/rig';
import { createIssuer, type Issuer } from './support/tokens';

const RESOURCE_SERVER = 'lake-prod-ingest';
const CLIENT = '1example23456789abcdefghij';
const USER = '3f7b1c2d-0000-4000-8000-000000000000';
const POOL = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await createIssuer('RS256', 'k3y=');
});

const rig = (): Promise<Rig> =>
  startRig({
    issuer,
    settings: { INGEST_JWT_PROFILE: 'cognito', INGEST_JWT_ISSUER: POOL, INGEST_JWT_AUDIENCE: RESOURCE_SERVER },
  });

/** The access token that Cognito answers to `grant_type=client_credentials` with, but for the changes. */
const token = (changes: Readonly<Record<string, unknown>> = {}): Promise<string> => {
  const now = Math.floor(Date.now() / 1000);
  return issuer.token({
    aud: null,
    sub: CLIENT,
    token_use: 'access',
    scope: `${RESOURCE_SERVER}/access_logs ${RESOURCE_SERVER}/orders`,
    auth_time: now,
    iss: POOL,
    exp: now + 3_600,
    iat: now,
    version: 2,
    jti: '5a2c8a57-0000-4000-8000-000000000000',
    client_id: CLIENT,
    ...changes,
  });
};

test('an access token of a machine client is enough, without aud', async () => {
  const gateway = await rig();
  expect((await gateway.post([logEvent()], { token: await token() })).status).toBe(200);
});

test('its scopes are its datasets, and no others', async () => {
  const gateway = await rig();
  const post = async (scope: string) => (await gateway.post([logEvent()], { token: await token({ scope }) })).status;
  expect(await post(`${RESOURCE_SERVER}/access_logs`)).toBe(200);
  expect(await post(`${RESOURCE_SERVER}/orders`)).toBe(403);
  expect(await post(`${RESOURCE_SERVER}/access`)).toBe(403);
  expect(await post(`${RESOURCE_SERVER}/*`)).toBe(403);
  expect(await post(`${RESOURCE_SERVER}/`)).toBe(403);
});

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  ['an ID token', { token_use: 'id', aud: CLIENT, client_id: null }, 'token_use'],
  ['an ID token that names the gateway', { token_use: 'id', aud: RESOURCE_SERVER }, 'token_use'],
  ['a token without use', { token_use: null }, 'token_use'],
  ['the access token of a user', { sub: USER, username: USER }, 'client_id'],
  ['a token without client', { client_id: null }, 'client_id'],
  ['a client that is not text', { client_id: [CLIENT] }, 'client_id'],
  ['a token for another audience', { aud: 'https://elsewhere.example' }, 'aud'],
  ['a token for several audiences, none of them this', { aud: ['a', 'b'] }, 'aud'],
  ['a token without scope', { scope: null }, 'scope'],
  ['scopes in an array, as Cognito never writes them', { scope: [`${RESOURCE_SERVER}/access_logs`] }, 'scope'],
  ['scopes of another resource server', { scope: 'lake-dev-ingest/access_logs' }, 'scope'],
  ['a resource server whose name begins alike', { scope: `${RESOURCE_SERVER}-2/access_logs` }, 'scope'],
  ['roles as other issuers write them', { scope: 'ingest:access_logs' }, 'scope'],
  ['a user pool that is not ours', { iss: `${POOL}x` }, 'iss'],
  ['a token that has ended', { exp: Math.floor(Date.now() / 1000) - 60 }, 'exp'],
])('refuses %s', async (_, changes, named) => {
  const gateway = await rig();
  const answer = await gateway.post([logEvent()], { token: await token(changes) });
  expect([answer.status, gateway.raw()]).toEqual([401, {}]);
  expect(answer.body.detail).toContain(`"${named}"`);
});

test('an audience that Cognito adds by a trigger may stand there, if it is this gateway', async () => {
  const gateway = await rig();
  expect((await gateway.post([logEvent()], { token: await token({ aud: RESOURCE_SERVER }) })).status).toBe(200);
});

test('with other issuers such a token is refused: it has no aud', async () => {
  const gateway = await startRig({ issuer, settings: { INGEST_JWT_ISSUER: POOL, INGEST_JWT_ALGORITHMS: 'RS256' } });
  const answer = await gateway.post([logEvent()], { token: await token() });
  expect([answer.status, answer.body.detail]).toEqual([401, expect.stringContaining('"aud"')]);
});
