import { CONFIGURATIONS } from './configurations';
import { decodeSchedule, encodeSchedule, execute, exploreAll } from './explorer';

/** The small form of `npm run test:explore`, which takes more switches, and adds random orders. */
test.each(CONFIGURATIONS.map((configuration) => [configuration.name, configuration] as const))(
  '%s: with one switch anywhere, and with any one crash or lost answer, nothing is lost, doubled or brought back',
  async (_, configuration) => {
    expect(await exploreAll(configuration, { switches: 1, switchesWithCrash: 0 })).toBeGreaterThan(20);
  },
);

test('an execution is named by one line that repeats it', async () => {
  const configuration = CONFIGURATIONS[0] as (typeof CONFIGURATIONS)[number];
  const schedule = { switches: [{ step: 3, to: 1 }], crashes: [{ process: 1, step: 2, when: 'after' as const }] };
  const line = encodeSchedule(configuration, schedule);
  expect(decodeSchedule(line)).toEqual({ configuration, schedule });
  const first = await execute(configuration, schedule);
  expect(await execute(configuration, schedule)).toEqual(first);
  expect(first.chosen.slice(0, 5)).toEqual([0, 0, 0, 1, 1]);
  expect(() => decodeSchedule('nowhere//')).toThrow('is not a configuration; there are fresh:compact+compact');
  expect(() => decodeSchedule(`${configuration.name}/1-2/`)).toThrow('"1-2" is not part of a schedule');
});

test('a lake that an invariant does not hold for is a violation, with the line that repeats it', async () => {
  const [found] = CONFIGURATIONS;
  const configuration = {
    ...(found as (typeof CONFIGURATIONS)[number]),
    prepare: async () => {
      const world = await (found as (typeof CONFIGURATIONS)[number]).prepare();
      const [pending] = world.pendingObjects();
      world.buckets.objects.delete(`raw/${pending?.key}`);
      return world;
    },
  };
  await expect(execute(configuration, { switches: [], crashes: [] })).rejects.toThrow(
    /row .* is (?:found 0 times|lost)[\s\S]*replay: fresh:compact\+compact\/\/$/,
  );
});
