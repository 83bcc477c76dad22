import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { KeySetError, parseKeySet } from '../../gateway/auth/key-set';
import type { JwtAlgorithm } from '../../gateway/settings';

const jwk = async (alg: string, extra: object = {}, options: object = {}): Promise<JWK> => ({
  ...(await exportJWK((await generateKeyPair(alg, { extractable: true, ...options })).publicKey)),
  kid: 'k',
  ...extra,
});
const ALLOWED: readonly JwtAlgorithm[] = ['ES256', 'RS256', 'EdDSA'];
const parse = (...keys: readonly unknown[]) => parseKeySet(JSON.stringify({ keys }), ALLOWED);

/** The error of a set, with its name. */
function refusal(text: string): string {
  try {
    parseKeySet(text, ALLOWED);
  } catch (error) {
    return String(error);
  }
  throw new Error('was taken');
}

test('what can verify is kept, and the rest is passed over with the reason', async () => {
  const good = await jwk('ES256');
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const short = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' });
  const rest: readonly (readonly [unknown, string])[] = [
    [await jwk('ES256', { use: 'enc' }), 'is not for signatures'],
    [await jwk('ES256', { key_ops: ['sign'] }), 'is not for verifying'],
    [await jwk('ES256', { key_ops: 'verify' }), 'is not for verifying'],
    [await jwk('ES256', { alg: 'ES384' }), '(EC P-256) fits none of the algorithms'],
    [await jwk('ES384'), '(EC P-384) fits none of the algorithms'],
    [await jwk('RS256', { alg: 'RS512' }), '(RSA) fits none of the algorithms'],
    [await jwk('ES256', { kid: 7 }), 'has a "kid" that is not text'],
    [{ ...(await exportJWK(privateKey)), kid: 'k' }, 'is a private key; publish its public half, and replace the pair'],
    [{ ...short, kid: 'k' }, 'is shorter than 2048 bits'],
    [{ ...good, x: 'AAAA' }, 'is damaged'],
    [{ kty: 'EC', crv: 'P-256' }, 'is damaged'],
    [{ kty: 'oct', k: 'AAAA', kid: 'k', alg: 'HS256' }, '(oct undefined) fits none of the algorithms'],
    [{ kty: 'x'.repeat(1_000) }, `(${'x'.repeat(20)}) fits none of the algorithms`],
    [{ kty: '__proto__' }, '(__proto__ undefined) fits none of the algorithms'],
    [{ kty: 'constructor', crv: {} }, '(constructor {}) fits none of the algorithms'],
    [{ kty: 'EC', crv: { toString: 1 } }, '(EC {"toString":1}) fits none of the algorithms'],
    [{ ...good, kty: ['EC'] }, '(["EC"] P-256) fits none of the algorithms'],
    [{}, '(undefined undefined) fits none of the algorithms'],
    [[], '(undefined undefined) fits none of the algorithms'],
    [null, 'is not an object'],
    ['key', 'is not an object'],
    [7, 'is not an object'],
  ];
  for (const [bad, reason] of rest) {
    expect(refusal(JSON.stringify({ keys: [bad] }))).toBe(
      `KeySetError: no key that verifies ES256 or RS256 or EdDSA: key 1 ${reason}`,
    );
    expect(parse(bad, good, bad)).toHaveLength(1);
  }
  expect(parse(await jwk('EdDSA'), await jwk('RS256', { use: 'sig', key_ops: ['verify'] }), good)).toHaveLength(3);
});

test('of a set without a usable key the first three reasons are told, each with the number of its key', () => {
  expect(refusal('{"keys":[1,{"use":"enc"},{"kid":1},2]}')).toContain(
    ': key 1 is not an object, key 2 is not for signatures, key 3 has a "kid" that is not text',
  );
  expect(refusal('{"keys":[1,1,1,1]}')).not.toContain('key 4');
  expect(refusal('{"keys":[]}')).toContain(': it is empty');
});

test.each([
  ['{"keys"', 'no JSON; it begins with "{\\"keys\\""'],
  [`<${'x'.repeat(1_000)}`, `no JSON; it begins with "<${'x'.repeat(39)}"`],
  ['null', 'no JWK Set: it has no array "keys"'],
  ['7', 'no JWK Set: it has no array "keys"'],
  ['{"keys":{}}', 'no JWK Set: it has no array "keys"'],
])('%.20s is no key set, and the error says what it is', (text, reason) => {
  expect(refusal(text)).toBe(`KeySetError: ${reason}`);
});

test('a set may have a hundred keys, and no more', async () => {
  const good = await jwk('ES256');
  expect(parse(...Array(100).fill(good))).toHaveLength(1);
  expect(refusal(JSON.stringify({ keys: Array(101).fill(good) }))).toBe(
    'KeySetError: 101 keys, but a set may have 100',
  );
});

test('a key is there once, however often it is published, and two keys of one id are there twice', async () => {
  const [one, two] = [await jwk('ES256'), await jwk('ES256')];
  expect(parse(one, one, { ...one, x5t: 'a' })).toHaveLength(1);
  expect(parse(one, two)).toHaveLength(2);
});

test.each<[string, readonly JwtAlgorithm[]]>([
  ['RS256', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['ES256', ['ES256']],
  ['ES384', ['ES384']],
  ['ES512', ['ES512']],
  ['EdDSA', ['EdDSA']],
])('a key made for %s verifies %j, as far as they are allowed', async (made, fitting) => {
  const rsa: readonly JwtAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
  const all: readonly JwtAlgorithm[] = [...rsa, 'ES256', 'ES384', 'ES512', 'EdDSA'];
  const text = JSON.stringify({ keys: [await jwk(made)] });
  expect(parseKeySet(text, all).map(({ kid, algorithms }) => ({ kid, algorithms }))).toEqual([
    { kid: 'k', algorithms: fitting },
  ]);
  for (const algorithm of fitting) expect(parseKeySet(text, [algorithm])[0]?.algorithms).toEqual([algorithm]);
});

test('any text ends in keys or in a KeySetError', () => {
  const attempt = (set: string): void => {
    try {
      parseKeySet(set, ['ES256']);
    } catch (error) {
      expect(error).toBeInstanceOf(KeySetError);
      expect((error as Error).message.length).toBeLessThan(500);
    }
  };
  const member = fc.record(
    {
      kty: fc.oneof(fc.constantFrom('EC', 'RSA', 'OKP'), fc.anything()),
      crv: fc.constantFrom('P-256', 'Ed25519', 'x'),
    },
    { requiredKeys: [] },
  );
  fc.assert(fc.property(fc.json(), attempt));
  fc.assert(fc.property(fc.array(fc.oneof(member, fc.jsonValue())), (keys) => attempt(JSON.stringify({ keys }))));
  fc.assert(fc.property(fc.string(), attempt));
});
