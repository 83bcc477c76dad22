/** A lake with Iceberg tables: what a run does after its tasks, and without any. */

import { datasets } from '../fixtures/datasets';
import { execute, type Json, type JsonObject } from '../support/asl';
import { compactionDefinition, compactionTemplate, NAMES } from '../support/asl/compaction';

const definition = compactionDefinition(
  compactionTemplate(
    {},
    datasets.map((one) => ({ ...one, iceberg: true as const })),
  ),
);

interface Script {
  readonly tasks?: number;
  readonly input?: Json;
  readonly publisher?: (event: Json) => Promise<unknown>;
  readonly compactor?: () => Promise<unknown>;
  readonly isQueueAway?: boolean;
}

async function run({ tasks = 1, input = { mode: 'compact' }, publisher, compactor, isQueueAway = false }: Script) {
  const calls: string[] = [];
  const events: Json[] = [];
  const messages: JsonObject[] = [];
  const plan = { bucket: NAMES.curated, key: 'plans/now.jsonl', tasks, unplaced: 0 };
  const outcome = await execute(definition, input, {
    services: {
      'arn:aws:states:::lambda:invoke': async ({ FunctionName, Payload }) => {
        calls.push(String(FunctionName));
        if (FunctionName === NAMES.planner) return { Payload: plan };
        if (FunctionName === NAMES.compactor) return { Payload: ((await compactor?.()) ?? {}) as Json };
        events.push(Payload as Json);
        return { Payload: ((await publisher?.(Payload as Json)) ?? { published: 1, unchanged: 0 }) as Json };
      },
      'arn:aws:states:::sqs:sendMessage': async (parameters) => {
        if (isQueueAway) throw new Error('away');
        messages.push(parameters);
        return { MessageId: '1' };
      },
    },
    readObject: async () => '{"dataset":"orders"}\n'.repeat(tasks),
  });
  return { ...outcome, calls, events, messages };
}

const fails = async (): Promise<never> => {
  throw Object.assign(new Error('orders: Glue is away'), { name: 'PublicationError' });
};

test('publishes once after all tasks, for the datasets of the run, which its log names', async () => {
  const input = { mode: 'maintain', datasets: ['orders'] };
  const outcome = await run({ tasks: 3, input });
  expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { tasks: 3, failed: 0 }, messages: [] });
  expect(outcome.calls).toEqual([NAMES.planner, ...Array(3).fill(NAMES.compactor), NAMES.publisher]);
  expect(outcome.events).toEqual([{ execution: 'run', input }]);
});

test('publishes without tasks as well, as snapshots expire', async () => {
  const outcome = await run({ tasks: 0 });
  expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { tasks: 0 } });
  expect(outcome.calls).toEqual([NAMES.planner, NAMES.publisher]);
});

test.each([0, 2])(
  'a publication that fails after all retries is reported, and a run of %i tasks succeeds',
  async (tasks) => {
    const outcome = await run({ tasks, publisher: fails });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: tasks === 0 ? { tasks } : { tasks, failed: 0 } });
    expect(outcome.events.length).toBeGreaterThan(1);
    expect(outcome.messages).toHaveLength(1);
    expect(outcome.messages[0]?.MessageBody).toMatchObject({
      source: 'publication',
      error: 'PublicationError',
      cause: expect.stringContaining('orders: Glue is away'),
    });
  },
);

test('without the queue the run succeeds too: the alarm of the table rings', async () => {
  expect(await run({ tasks: 2, publisher: fails, isQueueAway: true })).toMatchObject({
    status: 'SUCCEEDED',
    output: { tasks: 2, failed: 0 },
  });
});

test('a task that fails stops no publication, and is still accounted for', async () => {
  const outcome = await run({ tasks: 1, compactor: fails });
  expect(outcome.calls.at(-1)).toBe(NAMES.publisher);
  expect(outcome.status).toBe('SUCCEEDED');
  expect(outcome.messages).toHaveLength(1);
});
