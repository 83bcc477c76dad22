import type { Equivalent } from '../../e2e/stryker/report';

const file = 'packages/ingest-client/src/answer.ts';

export const CLIENT: readonly Equivalent[] = [
  {
    file,
    text: 'Array.isArray(range) ? [status, range[0], range[1]] : [status, undefined, undefined],',
    original: '[status, undefined, undefined]',
    replacement: '[]',
    why: 'A range without a first index is refused before its status is looked at.',
  },
  {
    file,
    text: "const value = headers.get('retry-after') ?? '';",
    original: "''",
    replacement: '"Stryker was here!"',
    why: 'Any text that is neither a number nor a date means no wait.',
  },
];

const tokens = 'ingest/gateway/auth/tokens.ts';
const keySet = 'ingest/gateway/auth/key-set.ts';
const content = 'ingest/gateway/events/content.ts';
const FRACTION = 'if (isFraction) return zeros < PLAIN_ZEROS && bytes[to - 1] !== ZERO;';

export const GATEWAY: readonly Equivalent[] = [
  {
    file: tokens,
    text: "const token = /^Bearer +([A-Za-z0-9_=-]+\\.[A-Za-z0-9_=-]+\\.[A-Za-z0-9_=-]*)$/i.exec(header ?? '')?.[1];",
    original: "''",
    replacement: '"Stryker was here!"',
    why: 'Any text that is no bearer token is refused as no text is.',
  },
  {
    file: keySet,
    text: 'const fitting = Object.hasOwn(FITTING, type) ? (FITTING[type] as readonly JwtAlgorithm[]) : [];',
    original: '[]',
    replacement: '["Stryker was here"]',
    why: 'It is not among the algorithms that are allowed.',
  },
  {
    file: keySet,
    text: "if (type === 'RSA' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {",
    original: 'key.asymmetricKeyDetails?.modulusLength',
    replacement: 'key.asymmetricKeyDetails.modulusLength',
    why: 'A public key always has details; only its type leaves them open.',
  },
  {
    file: content,
    text: FRACTION,
    original: 'isFraction',
    replacement: 'true',
    why: 'An integer that ends in a zero is then written anew, as the same digits.',
  },
  {
    file: content,
    text: FRACTION,
    original: 'zeros < PLAIN_ZEROS && bytes[to - 1] !== ZERO',
    replacement: 'false',
    why: 'A fraction is then written anew, as what it was: only slower.',
  },
  {
    file: 'ingest/gateway/events/validator.ts',
    text: 'if (carries || Object.keys(leading).length < this.#carried.length) leading = this.#leadingOf(bytes, leading);',
    original: 'Object.keys(leading).length < this.#carried.length',
    replacement: 'Object.keys(leading).length <= this.#carried.length',
    why: 'Of an event that holds no leading key, those of the request are taken in both ways.',
  },
];
