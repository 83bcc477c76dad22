import type { StageDefinition } from '../../../lib/settings/model';
import { checkKeys, type Report, show, switchOf, wholeNumber } from '../../../lib/settings/report';
import type {
  IngestDefinition,
  IssuerDefinition,
  IssuerSettings,
  NetworkSettings,
  OwnIssuer,
  ProducerDefinition,
  TokenDefinition,
} from './model';

/**
 * It travels in the user data of an instance, which EC2 limits to 16 KiB.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
 */
const LARGEST_KEY_SET = 4_000;

/**
 * CloudFormation takes 200 outputs a template, and the id of each client is one.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
const MOST_PRODUCERS = 190;
/** Scopes of a client: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html */
const MOST_SCOPES = 50;

const PRODUCER_NAME = /^[a-z](?:[a-z0-9]|-(?!-|$)){0,31}$/;
const DOMAIN_PREFIX = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Words that Cognito keeps for itself. */
const RESERVED_WORD = /aws|amazon|cognito/;

/** Whose tokens count: those of an issuer outside, or of the lake's own. */
export function resolveIssuer(stage: StageDefinition, network: NetworkSettings, report: Report): IssuerSettings {
  const { issuer, token } = stage.ingest ?? ({} as Partial<IngestDefinition>);
  if (issuer !== undefined) {
    if (token !== undefined) report('ingest.token', 'is given beside issuer', 'remove one of them');
    return resolveOwn(stage, issuer, network, report);
  }
  if (token === undefined) {
    report(
      'ingest.issuer',
      'is missing, and events are taken from verified callers only',
      "name your producers, { producers: [{ producer: 'web-shop', datasets: ['orders'] }] }, " +
        'or your own issuer of tokens in ingest.token',
    );
  }
  return resolveExternal(token ?? { issuer: '', audience: '' }, token !== undefined, network, report);
}

function resolveOwn(
  stage: StageDefinition,
  given: IssuerDefinition,
  network: NetworkSettings,
  report: Report,
): OwnIssuer {
  if (typeof given !== 'object' || given === null) {
    report(
      'ingest.issuer',
      `is ${show(given)}`,
      "write { producers: [...] }; an issuer that you have goes into ingest.token: { issuer: 'https://…', audience: '…' }",
    );
    return { kind: 'own', producers: [], domainPrefix: undefined, tokenMinutes: 60, verifyAtLoadBalancer: false };
  }
  const { partitionsClaim, ...known }: IssuerDefinition & { readonly partitionsClaim?: unknown } = given;
  if (partitionsClaim !== undefined) refuseConfinement('ingest.issuer.partitionsClaim', report);
  checkKeys(known, ['producers', 'domainPrefix', 'tokenMinutes', 'verifyAtLoadBalancer'], 'ingest.issuer.', report);
  const { producers, domainPrefix, tokenMinutes = 60, verifyAtLoadBalancer = false } = given;
  checkProducers(producers, report);
  checkDomainPrefix(stage, domainPrefix, report);
  wholeNumber('ingest.issuer.tokenMinutes', tokenMinutes, 5, 1_440, report);
  switchOf('ingest.issuer.verifyAtLoadBalancer', verifyAtLoadBalancer, report);
  if (network.kind === 'own' && network.nat === 'none') {
    report(
      'network.nat',
      "is 'none', so instances cannot fetch the keys of the user pool, which are known after its creation only",
      "write 'one', or use an issuer of your own with ingest.token.keySet",
    );
  }
  return {
    kind: 'own',
    producers: Array.isArray(producers) ? producers : [],
    domainPrefix,
    tokenMinutes,
    verifyAtLoadBalancer,
  };
}

/**
 * Cognito puts claims into tokens of machine clients by a Lambda trigger alone, version V3_0, which the lake does not have.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
 */
function refuseConfinement(field: string, report: Report): void {
  report(
    field,
    "cannot be: tokens of the lake's own issuer name datasets only, and hold for every partition of them",
    'give each tenant a dataset of its own, or use an issuer that you have, with ingest.token.partitionsClaim',
  );
}

function checkProducers(producers: readonly ProducerDefinition[], report: Report): void {
  const field = 'ingest.issuer.producers';
  if (!Array.isArray(producers) || producers.length === 0) {
    report(field, 'names nobody', "write [{ producer: 'web-shop', datasets: ['orders'] }]");
    return;
  }
  if (producers.length > MOST_PRODUCERS) {
    report(
      field,
      `names ${producers.length} producers`,
      `name at most ${MOST_PRODUCERS}, or use an issuer of your own`,
    );
  }
  const seen = new Set<string>();
  producers.forEach((one: ProducerDefinition, index) => {
    const path = `${field}[${index}]`;
    if (typeof one !== 'object' || one === null) {
      report(path, `is ${show(one)}`, "write { producer: 'web-shop', datasets: ['orders'] }");
      return;
    }
    const { partitions, ...known }: ProducerDefinition & { readonly partitions?: unknown } = one;
    if (partitions !== undefined) refuseConfinement(`${path}.partitions`, report);
    checkKeys(known, ['producer', 'datasets'], `${path}.`, report);
    const { producer, datasets }: Partial<ProducerDefinition> = one;
    if (typeof producer !== 'string' || !PRODUCER_NAME.test(producer)) {
      report(
        `${path}.producer`,
        producer === undefined ? 'is missing' : `${show(producer)} is not a valid name`,
        'use 1 to 32 lowercase letters, digits and single hyphens, starting with a letter',
      );
    } else if (seen.has(withoutHyphens(producer))) {
      report(`${path}.producer`, `${show(producer)} is named twice`, 'name it once, with all of its datasets');
    } else seen.add(withoutHyphens(producer));
    checkProducerDatasets(`${path}.datasets`, datasets, report);
  });
}

/** Ids in a template have no hyphens. */
const withoutHyphens = (name: string): string => name.replaceAll('-', '');

function checkProducerDatasets(field: string, datasets: unknown, report: Report): void {
  if (!Array.isArray(datasets) || datasets.length === 0 || datasets.some((name) => typeof name !== 'string')) {
    report(field, 'names no dataset', "name those that it writes, such as ['orders']");
  } else if (new Set(datasets).size < datasets.length) {
    report(field, 'names a dataset twice', 'name each once');
  } else if (datasets.length > MOST_SCOPES) {
    report(
      field,
      `names ${datasets.length} datasets, and a client holds ${MOST_SCOPES} scopes`,
      'make it two producers',
    );
  }
}

/** The default is checked as well: a prefix such as `aws-lake` makes one that Cognito refuses. */
function checkDomainPrefix(stage: StageDefinition, given: unknown, report: Report): void {
  const text = String(given ?? `${stage.prefix ?? 'lake'}-${stage.name}`);
  if (!DOMAIN_PREFIX.test(text)) {
    if (given === undefined) return; // the prefix or the name is wrong, and reported as such
    report(
      'ingest.issuer.domainPrefix',
      `${show(given)} is not the first part of a name`,
      'use 1 to 63 lowercase letters, digits and hyphens, with no hyphen at either end',
    );
  } else if (RESERVED_WORD.test(text)) {
    report(
      'ingest.issuer.domainPrefix',
      `${show(text)} holds '${RESERVED_WORD.exec(text)?.[0]}', which Cognito does not allow`,
      "write one without 'aws', 'amazon' and 'cognito'",
    );
  }
}

const TOKEN_KEYS = ['issuer', 'audience', 'keySetUrl', 'keySet', 'partitionsClaim', 'verifyAtLoadBalancer'];
/** It becomes a line of a file of variables. Names may be URLs, and stay as they are written. */
const CLAIM_NAME = /^[\x21-\x7e]{1,128}$/;
/** Claims that the gateway reads for something else; to confine by one of them would shut everybody out. */
const TAKEN_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'scope'];

function resolveExternal(
  token: TokenDefinition,
  isGiven: boolean,
  network: NetworkSettings,
  report: Report,
): IssuerSettings {
  checkKeys(token, TOKEN_KEYS, 'ingest.token.', report);
  for (const field of isGiven ? (['issuer', 'audience'] as const) : []) {
    if (typeof token[field] !== 'string' || !/^[\x21-\x7e]{1,512}$/.test(token[field])) {
      report(
        `ingest.token.${field}`,
        token[field] === undefined
          ? 'is missing, and events are taken from verified callers only'
          : `is ${show(token[field])}`,
        field === 'issuer'
          ? "write the issuer of your tokens, as in 'https://login.example.com'"
          : "write the audience, as in 'data-lake'",
      );
    }
  }
  const issuer = String(token.issuer ?? '');
  const keySetUrl = token.keySetUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`;
  if (issuer !== '' && !isHttps(keySetUrl)) {
    report(
      'ingest.token.keySetUrl',
      `${show(keySetUrl)} is not an HTTPS address`,
      'write where the issuer publishes its keys',
    );
  }
  const verifyAtLoadBalancer = token.verifyAtLoadBalancer ?? false;
  switchOf('ingest.token.verifyAtLoadBalancer', verifyAtLoadBalancer, report);
  if (isGiven) checkKeySet(token, network, report);
  checkPartitionsClaim(token.partitionsClaim, report);
  return {
    kind: 'external',
    issuer,
    audience: String(token.audience ?? ''),
    keySetUrl,
    keySet: token.keySet,
    partitionsClaim: token.partitionsClaim,
    verifyAtLoadBalancer,
  };
}

function checkPartitionsClaim(claim: unknown, report: Report): void {
  if (claim === undefined) return;
  const field = 'ingest.token.partitionsClaim';
  if (typeof claim !== 'string' || !CLAIM_NAME.test(claim)) {
    report(field, `${show(claim)} is not the name of a claim`, "write one such as 'lake_partitions', or leave it out");
  } else if (TAKEN_CLAIMS.includes(claim)) {
    report(field, `${show(claim)} has another meaning in a token`, "use a claim of its own, such as 'lake_partitions'");
  }
}

function checkKeySet({ keySet, keySetUrl }: TokenDefinition, network: NetworkSettings, report: Report): void {
  if (keySet === undefined) {
    if (network.kind === 'own' && network.nat === 'none' && keySetUrl === undefined) {
      report(
        'network.nat',
        "is 'none', so instances cannot fetch the keys of the issuer over the internet",
        "write 'one', or the keys themselves into ingest.token.keySet",
      );
    }
    return;
  }
  const keys: unknown = keySet.keys;
  if (!Array.isArray(keys) || keys.length === 0 || keys.some((key) => typeof Object(key).kty !== 'string')) {
    report('ingest.token.keySet', 'is not a JWK Set', "write { keys: [{ kty: 'RSA', kid: ..., n: ..., e: ... }] }");
  } else if (keys.some((key) => 'd' in key || 'k' in key)) {
    report('ingest.token.keySet', 'holds a private or shared key', 'write public keys only');
  } else if (JSON.stringify(keySet).length > LARGEST_KEY_SET) {
    report('ingest.token.keySet', `is longer than ${LARGEST_KEY_SET} characters`, 'leave out keys that sign no more');
  }
}

function isHttps(text: string): boolean {
  try {
    return new URL(text).protocol === 'https:';
  } catch {
    return false;
  }
}
