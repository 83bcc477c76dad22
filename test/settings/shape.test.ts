import * as fc from 'fast-check';
import type { StageDefinition } from '../../lib/settings';
import { SettingsError } from '../../lib/settings/errors';
import { parseStage } from '../support/extensions';

const FULL: StageDefinition = {
  name: 'dev',
  tags: { team: 'data' },
  retention: { logDays: 14 },
  query: { analyst: { scanLimitGB: 10 } },
  compaction: { memoryMiB: 3_008 },
  crawler: { mode: 'off' },
  alarmEmails: ['data@example.com'],
  access: { ingest: { roles: [], permissionSets: ['Shop'], datasets: ['orders'] } },
  // with ingest: begin
  network: { availabilityZones: ['eu-central-1a', 'eu-central-1b'] },
  ingest: {
    certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/1',
    token: { issuer: 'https://login.example.com', audience: 'lake', keySet: { keys: [{ kty: 'RSA' }] } },
    allowedCidrs: ['10.0.0.0/8'],
    image: { repository: 'ingest', digest: `sha256:${'0'.repeat(64)}` },
    rateLimit: { eventsPerSecond: 10 },
    scalingEmails: ['ops@example.com'],
  },
  // with ingest: end
};

/** Every path of a value, that of the value itself included. */
const pathsOf = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))]
    : [path];

function replaced(value: unknown, [name, ...rest]: readonly string[], junk: unknown): unknown {
  if (name === undefined) return junk;
  const copy: Record<string, unknown> = Array.isArray(value)
    ? (Object.assign([], value) as never)
    : { ...(value as object) };
  copy[name] = replaced(copy[name], rest, junk);
  return copy;
}

const junk = fc.constantFrom<unknown>(null, undefined, '', 'text', 0, -1.5, Number.NaN, true, [], {}, [null], [[]], {
  a: null,
});

test('a stage with anything anywhere is taken, or refused with the list of its mistakes', () => {
  fc.assert(
    fc.property(fc.constantFrom(...pathsOf(FULL)), junk, (path, value) => {
      try {
        parseStage(replaced(FULL, path, value) as StageDefinition, 'config/stages/dev.ts');
      } catch (error) {
        expect(error).toBeInstanceOf(SettingsError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['tags', 'x', "tags: is 'x'\n    fix: write an object, in braces"],
  ['alarmEmails', 'me@example.com', "alarmEmails: is 'me@example.com'\n    fix: write a list, in brackets"],
  ['access', { analyst: { roles: null } }, 'access.analyst.roles: is null'],
])('%s that is %j says so', (field, value, message) => {
  expect(() => parseStage({ ...FULL, [field]: value })).toThrow(message);
});
