import { CONFIGURATIONS, S3_CONFIGURATIONS, S3_SMALL, SMALL } from './configurations';
import {
  type Crash,
  decodeSchedule,
  encodeSchedule,
  execute,
  exploreAll,
  furtherSwitches,
  type Schedule,
  singleCrashes,
} from './explorer';

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
      const executions = await exploreAll(configuration, { switches: 0, switchesWithCrash: undefined });
      expect(executions).toBe(new Set(configuration.works).size);
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

/** With ids by the order in which they come, as some are random. */
function named(operations: readonly string[]): string {
  const ids = new Map<string, number>();
  return operations.join('\n').replace(/[0-9a-f]{32}/g, (id) => {
    const ordinal = ids.get(id) ?? ids.size;
    ids.set(id, ordinal);
    return `id-${ordinal}`;
  });
}

test.each(['fresh:compact+compact', 'crashed-dedupe:merge+merge', 'abandoned:maintain+maintain'])(
  '%s: every order in which the second begins, which is left out, comes to the same as one in which the first does',
  async (name) => {
    const { configuration } = decodeSchedule(`${name}//`);
    const first = await execute(configuration, { switches: [], crashes: [] });
    for (const { step } of furtherSwitches({ switches: [], crashes: [] }, first)) {
      const begin = async (one: number, other: number): Promise<object> => {
        const switches = [
          { step: 0, to: one },
          { step, to: other },
        ];
        const { operations, chosen } = await execute(configuration, { switches, crashes: [] });
        const done = named(operations.map((line) => line.replace(/^\d /, '')));
        return { done, by: chosen.map((process) => (process === one ? 'one' : 'other')).join(' ') };
      };
      expect(await begin(1, 0)).toEqual(await begin(0, 1));
    }
  },
);

test.each(['fresh:compact+compact', 'old:maintain+query', 'begun:low+high'])(
  '%s: every crash that is left out, with one switch too, comes to the same as one that is made',
  async (name) => {
    const { configuration } = decodeSchedule(`${name}//`);
    const made = new Set<string>();
    const leftOut = new Map<string, string>();
    const visit = async (schedule: Schedule, further: boolean): Promise<void> => {
      const trace = await execute(configuration, schedule);
      const key = ({ process, step, when }: Crash) => `${process}@${step}${when}`;
      const chosen = new Set([...singleCrashes(schedule, trace)].map(key));
      for (const [process, count] of trace.steps.entries()) {
        for (let step = 1; step <= count; step++) {
          for (const when of ['before', 'after', 'unanswered'] as const) {
            const crashed = { ...schedule, crashes: [{ process, step, when }] };
            const { operations } = await execute(configuration, crashed);
            if (chosen.has(key({ process, step, when }))) made.add(named(operations));
            else leftOut.set(named(operations), encodeSchedule(configuration, crashed));
          }
        }
      }
      if (!further) return;
      // One in three switches, as the crashes of each are many.
      for (const next of [...furtherSwitches(schedule, trace)].filter((_, at) => at % 3 === 0)) {
        await visit({ ...schedule, switches: [...schedule.switches, next] }, false);
      }
    };
    await visit({ switches: [], crashes: [] }, true);
    expect(leftOut.size).toBeGreaterThan(10);
    expect([...leftOut].flatMap(([operations, line]) => (made.has(operations) ? [] : [line]))).toEqual([]);
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
