import { CONFIGURATIONS, S3_CONFIGURATIONS, S3_SMALL, SMALL } from './configurations';
import { decodeSchedule, encodeSchedule, execute, exploreAll } from './explorer';

/** The small form of `npm run test:explore`, which takes more meetings and more switches, and adds random orders. */
test.each(SMALL.map((configuration) => [configuration.name, configuration] as const))(
  '%s: with one switch anywhere, and with any one crash or lost answer, nothing is lost, doubled or brought back',
  async (_, configuration) => {
    expect(await exploreAll(configuration, { switches: 1, switchesWithCrash: 0 })).toBeGreaterThan(20);
  },
);

describe('with the store that ships, over an S3 server', () => {
  test.each(S3_SMALL.map((configuration) => [configuration.name, configuration] as const))(
    '%s: whoever begins, nothing is lost, doubled or brought back',
    async (_, configuration) => {
      expect(await exploreAll(configuration, { switches: 0, switchesWithCrash: undefined })).toBe(2);
    },
  );

  test('a request whose answer is lost is sent again by the SDK, and others may come between', async () => {
    const [configuration] = S3_CONFIGURATIONS as [(typeof S3_CONFIGURATIONS)[number]];
    const [alone = 0] = (await execute(configuration, { switches: [], crashes: [] })).steps;
    for (let step = 1; step <= alone; step += 3) {
      const crashes = [{ process: 0, step, when: 'unanswered' as const }];
      const schedule = { switches: [{ step, to: 1 }], crashes };
      const trace = await execute(configuration, schedule);
      expect(trace.chosen.slice(0, step + 1)).toEqual([...Array(step).fill(0), 1]);
      // The order of the steps is decided, however fast the requests are.
      expect(await execute(configuration, schedule)).toEqual(trace);
    }
  });
});

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
