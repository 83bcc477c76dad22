import type { JWTPayload } from 'jose';
import type { AuthSettings } from '../settings';

/** The sender, as the verified token identifies it. */
export interface Principal {
  readonly subject: string;
  /** Datasets that it may write to. */
  readonly datasets: ReadonlySet<string>;
  /** Values of leading keys that it is restricted to, `key=value` or `dataset:key=value`; undefined: no restriction. */
  readonly partitions: ReadonlySet<string> | undefined;
}

/** The token is not valid. The message says which check failed, and may be shown to the caller. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError';
}

const LONGEST_SUBJECT = 256;

/**
 * The principal of a token whose signature, issuer and times are already verified.
 *
 * @throws InvalidTokenError for claims that give no access to this gateway
 */
export function principalOf(payload: JWTPayload, settings: AuthSettings): Principal {
  const { sub } = payload;
  if (typeof sub !== 'string' || sub === '' || sub.length > LONGEST_SUBJECT) {
    throw new InvalidTokenError(`"sub" must be a text of 1 to ${LONGEST_SUBJECT} characters`);
  }
  const datasets =
    settings.profile === 'cognito'
      ? datasetsOfCognito(payload, sub, settings.audience)
      : roles(payload[settings.rolesClaim], 'ingest:');
  const confined = settings.partitionsClaim === undefined ? undefined : payload[settings.partitionsClaim];
  // A claim of any other form grants nothing.
  return { subject: sub, datasets, partitions: confined === undefined ? undefined : new Set(wordsOf(confined)) };
}

/**
 * An access token that Cognito gave a machine client has no `aud`. Its scopes name the resource server that they are for,
 * `<audience>/<dataset>`, and so replace it; `token_use` distinguishes it from an ID token, and `client_id`, which is also the
 * subject, from the token of a user.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
function datasetsOfCognito(
  { token_use: use, client_id: client, scope, aud }: JWTPayload,
  subject: string,
  audience: string,
): ReadonlySet<string> {
  if (use !== 'access') throw new InvalidTokenError('"token_use" must be "access"');
  if (client !== subject) throw new InvalidTokenError('"client_id" must be the subject: only machine clients may send');
  if (aud !== undefined && ![aud].flat().includes(audience))
    throw new InvalidTokenError('unexpected "aud" claim value');
  const datasets = typeof scope === 'string' ? roles(scope, `${audience}/`) : new Set<string>();
  if (datasets.size === 0) throw new InvalidTokenError('"scope" has no scope of this gateway');
  return datasets;
}

/** The parts after the prefix, of the words of a string or of an array of strings. */
const roles = (claim: unknown, prefix: string): ReadonlySet<string> =>
  new Set(wordsOf(claim).flatMap((word) => (word.startsWith(prefix) ? [word.slice(prefix.length)] : [])));

function wordsOf(claim: unknown): readonly string[] {
  const words: readonly unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return words.filter((word) => typeof word === 'string');
}
