import type { SettingsExtension } from './extension';
import type { StageSettings } from './model';

/**
 * Values that are in this repository, and in AWS's documentation, to be replaced. A stage that still has one cannot work: the
 * account, zone or network does not exist, or is nobody's.
 */
export interface ExampleValue {
  /** Path of the setting, as messages name it: `ingest.domain.hostedZoneId`. */
  readonly field: string;
  readonly value: string;
  /** What to write in its place. */
  readonly write: string;
}

/** Names reserved for documentation and tests: RFC 2606, RFC 6761. */
const RESERVED_NAME = /(?:^|[.@/])example\.(?:com|net|org)\.?(?:[:/]|$)|\.(?:example|test|invalid)\.?(?:[:/]|$)/i;

/** Accounts of AWS's documentation. */
const ACCOUNTS = [
  ...['111122223333', '444455556666', '777788889999', '123456789012', '210987654321', '012345678901'],
  ...['111111111111', '222222222222', '333333333333', '555555555555', '999999999999'],
];
const EXAMPLE_ACCOUNT = new RegExp(`(?:^|:)(?:${ACCOUNTS.join('|')})(?::|$)`);

/** `Z0123456789EXAMPLE`, `vpc-0123456789abcdef0`, a digest of one repeated digit: ids that no resource has. */
const EXAMPLE_ID = /EXAMPLE|^(?:vpc|subnet)-(?:0?123456789?abcdef[0-9a-f]?|(\w)\1+)$|^sha256:(\w)\2{63}$/;

/** TEST-NET-1 to 3, RFC 5737: reserved for documentation. */
const EXAMPLE_RANGE = /^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+(?:\/\d+)?$/;

const EXAMPLES = [RESERVED_NAME, EXAMPLE_ACCOUNT, EXAMPLE_ID, EXAMPLE_RANGE];

/** The first entry that matches a field says what to write there. */
const WRITE: readonly (readonly [RegExp, string])[] = [
  [/^account$/, 'the twelve digits of your account: aws sts get-caller-identity --query Account --output text'],
  [/access\..*roles/, 'the ARN of a role that exists'],
];

/** Every example value that a stage still has, except mail addresses of alarms: those do not prevent a deployment. */
export function exampleValues(
  settings: StageSettings,
  extensions: readonly SettingsExtension[] = [],
): readonly ExampleValue[] {
  const { alarmEmails: _alarms, tags: _tags, ...rest } = settings;
  const write = [...WRITE, ...extensions.flatMap(({ examples }) => examples.write)];
  return texts(rest, '')
    .filter(([path]) => !extensions.some(({ examples }) => examples.ignores(path, settings)))
    .filter(([, value]) => EXAMPLES.some((pattern) => pattern.test(value)))
    .map(([path, value]) => ({
      field: extensions.reduce((field, { examples }) => examples.asWritten(field, settings), path),
      value,
      write: write.find(([pattern]) => pattern.test(path))?.[1] ?? 'a value of your own',
    }));
}

/** Every string within a value, with its path. */
function texts(value: unknown, path: string): readonly (readonly [path: string, text: string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((inner, index) => texts(inner, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => texts(inner, path === '' ? name : `${path}.${name}`));
}
