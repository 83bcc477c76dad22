import { datasets } from '../fixtures/datasets';
import { EXCESS } from './excess';
import { LakeUnderTest } from './lake';
import { nameOf } from './matrix';
import { takeAway } from './take-away';

const lake = new LakeUnderTest();
/** With an Iceberg table. */
const withTables = new LakeUnderTest(
  {},
  datasets.map((one) => ({ ...one, iceberg: true as const })),
);
const byEvents = new LakeUnderTest({ crawler: { mode: 'event' } });

const roles = [
  ...lake.roles.map((role) => [role.name, lake, role] as const),
  // The only role that has more rights in another mode.
  ...byEvents.roles
    .filter(({ name }) => name === 'crawler')
    .map((role) => ['crawler by events', byEvents, role] as const),
  // The only role that other lakes do not have.
  ...withTables.roles
    .filter(({ name }) => name === 'publisher')
    .map((role) => ['publisher', withTables, role] as const),
];

test('the matrix names no role that does not exist', () => {
  const known = new Set([...lake.roles, ...withTables.roles].map(({ name }) => name));
  expect(lake.rows.filter(({ role }) => !known.has(role)).map(nameOf)).toEqual([]);
});

test('everything that a service calls, it calls with a role of the templates', () => {
  const known = new Set(lake.roles.map(({ arn }) => arn));
  expect(lake.needs.filter(({ role }) => !known.has(role))).toEqual([]);
});

describe.each(roles)('%s', (_, lake, role) => {
  test('has rows in the matrix or needs that follow from the templates', () => {
    expect(role.rows.length + role.needs.length).toBeGreaterThan(0);
  });

  for (const row of role.rows) {
    test(nameOf(row), () => {
      expect(lake.broken(role, row)).toEqual([]);
    });
  }

  test('can do what its service does with it', () => {
    expect(lake.unmet(role)).toEqual([]);
  });

  test('needs every action, resource and condition that it has', () => {
    const unnoticed = takeAway(role.policies)
      .filter(({ policies }) => !lake.notices(role, policies))
      .map(({ what }) => what);
    expect(unnoticed).toEqual(EXCESS.filter((one) => one.role === role.name).map(({ what }) => what));
  });
});

test('what stays without need belongs to a role and has a reason', () => {
  const known = new Set(lake.roles.map(({ name }) => name));
  expect(EXCESS.filter(({ role, reason }) => !known.has(role) || reason === '')).toEqual([]);
});
