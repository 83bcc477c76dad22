import type { Scenario } from './run';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

export interface NamedScenario extends Scenario {
  readonly name: string;
  readonly title: string;
}

/** Users send 0.32 events a second each: 10,000 of them 3,200. */
export const SCENARIOS: readonly NamedScenario[] = [
  { name: 'steady', title: '30,000 users', seconds: 2 * HOUR, users: () => 30_000, startNodes: 3 },
  {
    name: 'day',
    title: '10,000 users grow to 130,000 within an hour, and leave',
    seconds: 4 * HOUR,
    users: (second) => 10_000 + 120_000 * Math.max(0, Math.min(1, second / HOUR, (3 * HOUR - second) / HOUR)),
  },
  {
    name: 'surge',
    title: 'Ten times as many users at once, for 40 minutes',
    seconds: 2 * HOUR,
    users: (second) => (second >= 10 * MINUTE && second < 50 * MINUTE ? 200_000 : 20_000),
  },
  {
    name: 'zone-loss',
    title: 'One of two zones is lost',
    seconds: 1.5 * HOUR,
    users: () => 60_000,
    startNodes: 5,
    zoneLostAt: 30 * MINUTE,
  },
  {
    name: 'too-many',
    title: 'More than ten nodes can take: 400,000 users for an hour',
    seconds: 2.5 * HOUR,
    users: (second) => (second >= 10 * MINUTE && second < 70 * MINUTE ? 400_000 : 60_000),
    startNodes: 5,
  },
];
