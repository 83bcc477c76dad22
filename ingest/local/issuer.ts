import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

const ALGORITHM = 'ES256';
const KEY_ID = 'local';

export const LOCAL_ISSUER = 'https://lake.invalid/local';
export const LOCAL_AUDIENCE = 'lake';

/** Signs tokens for a gateway on this machine. */
export interface LocalIssuer {
  /** File with the public key, as a JWK Set. */
  readonly jwksFile: string;
  /** A token with roles for these datasets. */
  token(subject: string, datasets: readonly string[], hours: number): Promise<string>;
}

/** Reads the key pair of a folder, or makes one; only its owner can read it. */
export async function localIssuer(folder: string): Promise<LocalIssuer> {
  await mkdir(folder, { recursive: true });
  const jwk = await keyPair(join(folder, 'ingest-key.json'));
  const jwksFile = join(folder, 'ingest-jwks.json');
  const { d, ...publicKey } = jwk;
  await writeFile(jwksFile, JSON.stringify({ keys: [{ ...publicKey, kid: KEY_ID, alg: ALGORITHM, use: 'sig' }] }));
  const key = await importJWK(jwk, ALGORITHM);
  return {
    jwksFile,
    token: (subject, datasets, hours) =>
      new SignJWT({ scope: datasets.map((name) => `ingest:${name}`).join(' ') })
        .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID })
        .setIssuer(LOCAL_ISSUER)
        .setAudience(LOCAL_AUDIENCE)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(`${hours}h`)
        .sign(key),
  };
}

async function keyPair(file: string): Promise<JWK> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JWK;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  await writeFile(file, JSON.stringify(jwk), { mode: 0o600 });
  return jwk;
}
