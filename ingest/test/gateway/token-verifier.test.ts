import { KeyObject, type webcrypto } from 'node:crypto';
import { InvalidTokenError } from '../../gateway/auth/claims';
import { KeysUnavailableError } from '../../gateway/auth/keys';
import { TokenVerifier } from '../../gateway/auth/tokens';
import type { AuthSettings } from '../../gateway/settings';
import { later, startRig } from './support/rig';
import { AUDIENCE, createIssuer, ISSUER } from './support/tokens';

const SETTINGS: AuthSettings = {
  jwks: '',
  issuer: ISSUER,
  profile: 'standard',
  audience: AUDIENCE,
  algorithms: ['ES256'],
  rolesClaim: 'scope',
};

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
