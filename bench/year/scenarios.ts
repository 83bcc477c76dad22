import type { YearOptions } from './year';

export interface Scenario extends YearOptions {
  readonly name: string;
  readonly title: string;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** 10 GB a day in objects of 1 MB, a run an hour; a twentieth comes late, half of that by more than six hours. */
export const LATE: Scenario = {
  name: 'late',
  title: 'A year of 10 GB a day, 5% late',
  days: 365,
  bytesPerDay: 10e9,
  objectBytes: 1e6,
  scheme: 'day',
  values: 1,
  everySeconds: HOUR,
  concurrency: 5,
  late: { share: 0.05, medianSeconds: 6 * HOUR, longestSeconds: 30 * DAY },
  seed: 1,
};

export const SCENARIOS: readonly Scenario[] = [
  LATE,
  {
    ...LATE,
    name: 'very-late',
    title: '60 days of 10 GB, 30% late by days',
    days: 60,
    late: { share: 0.3, medianSeconds: 3 * DAY, longestSeconds: 60 * DAY },
  },
  {
    ...LATE,
    name: 'outage',
    title: '40 days of 100 GB, no compaction for a week',
    days: 40,
    bytesPerDay: 100e9,
    objectBytes: 20e6,
    outage: { fromDay: 14, days: 7 },
  },
];
