import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { DEREGISTRATION_SECONDS, HEALTH_GRACE_SECONDS, WARMUP_SECONDS } from '../../infra/constructs/timing';
import { chart } from '../../simulation/chart';
import { DEFAULTS } from '../../simulation/parameters';
import { type Outcome, type Scenario, simulate } from '../../simulation/run';
import { SCENARIOS } from '../../simulation/scenarios';
import { table } from '../../simulation/table';

const DOCS = join(__dirname, '..', '..', 'docs');

const longestCheck = ({ samples }: Outcome): number => Math.max(...samples.map(({ healthDelay }) => healthDelay));

/** Every event is acknowledged, given up by its client, or still on its way: none vanishes, none counts twice. */
function expectAccount({ produced, acknowledged, givenUp, unacknowledged, samples }: Outcome): void {
  expect(acknowledged + givenUp + unacknowledged).toBeCloseTo(produced, 0);
  const seen = samples.reduce((sum, sample) => sum + sample.acknowledged, 0);
  expect(Math.abs(seen - acknowledged)).toBeLessThan(1 + produced * 1e-9);
}

/** Users at the ends of pieces, straight lines between them. */
const loads = fc
  .array(fc.record({ minutes: fc.integer({ min: 1, max: 25 }), users: fc.integer({ min: 0, max: 200_000 }) }), {
    minLength: 2,
    maxLength: 6,
  })
  .map((pieces) => {
    const ends = pieces.map((_, i) => pieces.slice(0, i + 1).reduce((sum, { minutes }) => sum + 60 * minutes, 0));
    const users = (second: number): number => {
      const i = ends.findIndex((end) => second < end);
      const [from, to] = [pieces[i - 1]?.users ?? 0, pieces[i]?.users ?? pieces.at(-1)?.users ?? 0];
      const length = 60 * (pieces[i]?.minutes ?? 1);
      return i < 0 ? to : to + ((from - to) * ((ends[i] ?? 0) - second)) / length;
    };
    return { users, end: ends.at(-1) ?? 0, pieces };
  });

test('through any load every event has an account, no node fails, and the group keeps within its limits', () => {
  fc.assert(
    fc.property(
      loads,
      fc.option(fc.integer({ min: 0, max: 3_000 })),
      fc.integer({ min: 70, max: 130 }),
      (load, lost, cost) => {
        const scenario: Scenario = {
          seconds: load.end,
          users: load.users,
          parameters: { eventMicros: cost },
          ...(lost === null ? {} : { zoneLostAt: lost }),
        };
        const outcome = simulate(scenario);
        expectAccount(outcome);
        expect(outcome.unhealthy).toBe(0);
        const { minNodes, maxNodes } = DEFAULTS;
        const beyond = outcome.samples.filter(
          ({ desired, nodes }) => !(desired >= minNodes && desired <= maxNodes && nodes <= maxNodes),
        );
        expect(beyond).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});

test('under any load that stays the same the group settles within an hour, at the target or at its limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 2, max: 10 }), (users, startNodes) => {
      const { samples, changes } = simulate({ seconds: 7_200, users: () => users, startNodes });
      expect(changes.filter(({ at }) => at > 3_600)).toEqual([]);
      const last = samples.at(-1);
      expect(last?.shed).toBe(0);
      expect((last?.cpu ?? 0) <= DEFAULTS.targetCpu * 1.02 || last?.nodes === DEFAULTS.maxNodes).toBe(true);
      // Nor does it keep what it does not need.
      const needed = Math.max(((last?.acknowledged ?? 0) * 60) / DEFAULTS.targetRequests, 1);
      expect(last?.nodes).toBeLessThanOrEqual(Math.max(DEFAULTS.minNodes, Math.ceil(needed / 0.9) + 1));
    }),
    { numRuns: 25 },
  );
});

test('the simulated group has the times of the deployed one', () => {
  expect(DEFAULTS).toMatchObject({
    warmupSeconds: WARMUP_SECONDS,
    deregistrationSeconds: DEREGISTRATION_SECONDS,
    healthGraceSeconds: HEALTH_GRACE_SECONDS,
  });
});

describe('a tenfold surge', () => {
  const scenario = SCENARIOS.find(({ name }) => name === 'surge') as (typeof SCENARIOS)[number];
  const outcome = simulate(scenario);

  test('sheds, but fails no health check', () => {
    expect(Math.max(...outcome.samples.map(({ shed }) => shed))).toBeGreaterThan(10_000);
    expect(outcome.unhealthy).toBe(0);
    expect(longestCheck(outcome)).toBeLessThan(DEFAULTS.healthTimeoutSeconds);
  });

  test('loses nothing that was acknowledged, and clients give up fewer than one event of ten thousand', () => {
    expectAccount(outcome);
    expect(outcome.unacknowledged).toBeLessThan(1);
    expect(outcome.givenUp).toBeLessThan(outcome.produced / 10_000);
  });

  test('is over for the users within ten minutes', () => {
    const begin = outcome.samples.findIndex(({ users }) => users > 100_000);
    const later = outcome.samples.slice(begin + 600, begin + 2_400);
    for (const { shed } of later) expect(shed).toBe(0);
  });
});

test('a node at its limits answers a health check in time, whatever is offered', () => {
  const { bufferedRequests, eventMicros, healthTimeoutSeconds } = DEFAULTS;
  expect((bufferedRequests * eventMicros) / 1e6).toBeLessThan(healthTimeoutSeconds);
});

describe('slow events', () => {
  const slow = (bufferedRequests: number): Outcome =>
    simulate({ seconds: 3_600, users: () => 250_000, parameters: { eventMicros: 240, bufferedRequests } });

  test('with the default buffer no node fails', () => {
    expect(slow(DEFAULTS.bufferedRequests).unhealthy).toBe(0);
  });

  test('with twice as much nodes would fail one after another', () => {
    expect(slow(2 * DEFAULTS.bufferedRequests).unhealthy).toBeGreaterThan(5);
  });
});

test('health checks that fail while a node sheds load would bring the group down', () => {
  const scenario = { seconds: 3_600, users: () => 200_000 };
  expect(simulate(scenario).unhealthy).toBe(0);
  expect(simulate({ ...scenario, parameters: { healthTimeoutSeconds: 1 } }).unhealthy).toBeGreaterThan(5);
});

test('the loss of a zone is made good with nodes in the other', () => {
  const scenario = SCENARIOS.find(({ name }) => name === 'zone-loss') as (typeof SCENARIOS)[number];
  const outcome = simulate(scenario);
  expectAccount(outcome);
  const at = scenario.zoneLostAt ?? 0;
  expect(outcome.samples[at]?.nodes).toBeLessThan(outcome.samples[at - 1]?.nodes ?? 0);
  expect(outcome.samples.at(-1)?.nodes).toBeGreaterThanOrEqual(outcome.samples[at - 1]?.nodes ?? 0);
  expect(outcome.samples.at(-1)?.shed).toBe(0);
  expect(outcome.unacknowledged / outcome.produced).toBeLessThan(0.01);
});

test('ingest/docs/scaling.md and its plots show the results', () => {
  const rows = SCENARIOS.map((scenario) => [scenario, simulate(scenario)] as const);
  expect(readFileSync(join(DOCS, 'scaling.md'), 'utf8')).toContain(`<!-- table -->\n${table(rows)}\n<!-- end -->`);
  for (const [scenario, outcome] of rows) {
    const plot = readFileSync(join(DOCS, 'images', `scaling-${scenario.name}.svg`), 'utf8');
    // Not toBe(): a megabyte of difference helps nobody. npm run simulate -- --write
    expect(plot === chart(scenario, outcome)).toBe(true);
  }
});
