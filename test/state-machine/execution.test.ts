import { SHAPE } from '../../cli/estimate/measured';
import { type Environment, execute, type Json, type JsonObject, type Outcome, type Service } from '../support/asl';
import { compactionDefinition, compactionTemplate, NAMES } from '../support/asl/compaction';
import type { StateMachineDefinition } from '../support/asl/types';

const LAMBDA = 'arn:aws:states:::lambda:invoke';
const SQS = 'arn:aws:states:::sqs:sendMessage';
const LIST = 'arn:aws:states:::aws-sdk:sfn:listExecutions';

let definition: StateMachineDefinition;

beforeAll(() => {
  definition = compactionDefinition(compactionTemplate({ maxConcurrency: 3 }));
});

const failure = (name: string, message = 'scripted'): Error => Object.assign(new Error(message), { name });

const task = (partition: string) => ({ kind: 'compact', dataset: 'orders', partition, after: 'a', through: 'z' });

interface Script {
  readonly tasks?: readonly object[];
  readonly planner?: (event: Json) => Promise<unknown>;
  readonly compactor?: (task: JsonObject) => Promise<unknown>;
  readonly queue?: Service;
  readonly running?: number;
}

interface Run extends Outcome {
  readonly plannerEvents: Json[];
  readonly messages: JsonObject[];
}

/** Executes the synthesized definition; a plan with the given tasks lies in S3. */
async function run(script: Script, input: Json = { mode: 'compact' }): Promise<Run> {
  const tasks = script.tasks ?? [task('dt=2026-06-15')];
  const plannerEvents: Json[] = [];
  const messages: JsonObject[] = [];
  const planned = { bucket: NAMES.curated, key: 'plans/now.jsonl', tasks: tasks.length, unplaced: 0 };
  const services: Environment['services'] = {
    [LAMBDA]: async ({ FunctionName, Payload }) => {
      const isPlanner = FunctionName === NAMES.planner;
      if (isPlanner) plannerEvents.push(Payload as Json);
      const answer = isPlanner
        ? await (script.planner?.(Payload as Json) ?? planned)
        : await (script.compactor?.(Payload as JsonObject) ?? { rowsIn: 1 });
      return { StatusCode: 200, Payload: answer ?? null }; // Lambda answers null for a function that returns nothing
    },
    [SQS]: async (parameters) => {
      await script.queue?.(parameters);
      messages.push(parameters);
      return { MessageId: '1' };
    },
    [LIST]: async () => ({ Executions: Array.from({ length: script.running ?? 1 }, () => ({ Name: 'x' })) }),
  };
  const readObject = async (bucket: string, key: string): Promise<string> => {
    if (bucket !== NAMES.curated || key !== planned.key) throw new Error('NoSuchKey');
    return tasks.map((one) => `${JSON.stringify(one)}\n`).join('');
  };
  const outcome = await execute(definition, input, { services, readObject });
  return { ...outcome, plannerEvents, messages };
}

const waits = (outcome: Outcome, state: string): (number | undefined)[] =>
  outcome.history.filter((event) => event.state === state && event.event === 'retried').map((event) => event.wait);

const entered = (outcome: Outcome): string[] =>
  outcome.history
    .filter(({ event, execution }) => event === 'entered' && execution === 'parent')
    .map(({ state }) => state);

test('plans, works every task off and accounts for them', async () => {
  const done: Json[] = [];
  const outcome = await run({
    tasks: [task('dt=2026-06-15'), task('dt=2026-06-16')],
    compactor: async (one) => done.push(one.partition as Json),
  });

  expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { tasks: 2, failed: 0 }, messages: [] });
  expect(done).toEqual(['dt=2026-06-15', 'dt=2026-06-16']);
});

test('makes as many state transitions as the estimate counts; entering an execution is one', async () => {
  const transitions = async (...tasks: readonly object[]): Promise<number> => {
    const { history } = await run({ tasks }, { mode: 'compact', skipIfRunning: true });
    return history.filter(({ event }) => event === 'entered').length + 1 + tasks.length;
  };
  const { idle, run: working, task: each } = SHAPE.transitions;
  expect(await transitions()).toBe(idle);
  expect(await transitions(task('a'), task('b'))).toBe(working + 2 * each);
});

test('hands the whole task to the compactor, and the whole input to the planner', async () => {
  const compactor = jest.fn(async () => ({}));
  const input = { mode: 'maintain', datasets: ['orders'] };
  const outcome = await run({ compactor }, input);

  expect(outcome.plannerEvents).toEqual([{ execution: 'run', input }]);
  expect(compactor).toHaveBeenCalledWith(task('dt=2026-06-15'));
});

test('an empty plan ends the run before the map', async () => {
  const outcome = await run({ tasks: [] });
  expect(outcome.status).toBe('SUCCEEDED');
  expect(entered(outcome).at(-1)).toBe('NothingToDo');
});

test('never runs more tasks at once than the setting allows', async () => {
  const tasks = Array.from({ length: 20 }, (_, index) => task(`dt=2026-06-${10 + index}`));
  const compactor = () => new Promise((resolve) => setImmediate(resolve));
  expect((await run({ tasks, compactor })).mostInFlight).toBe(3);
});

describe('overlapping runs', () => {
  const scheduled = { mode: 'compact', skipIfRunning: true };

  test('a scheduled run gives way to one that is active', async () => {
    const outcome = await run({ running: 2 }, scheduled);
    expect(outcome.status).toBe('SUCCEEDED');
    expect(entered(outcome).at(-1)).toBe('SkippedBecauseAnotherRunIsActive');
    expect(outcome.plannerEvents).toEqual([]);
  });

  test('a scheduled run that is alone goes on', async () => {
    const outcome = await run({ running: 1 }, scheduled);
    expect(outcome.plannerEvents).toMatchObject([{ execution: 'run', input: { mode: 'compact' } }]);
  });

  test.each([[{ mode: 'maintain' }], [{ mode: 'compact', skipIfRunning: false }]])(
    'a run that does not ask is not held up: %j',
    async (input) => {
      const outcome = await run({ running: 2 }, input);
      expect(entered(outcome)[1]).toBe('Plan');
      expect(outcome.plannerEvents).toHaveLength(1);
    },
  );
});

describe('a task that fails', () => {
  /** Fails the given number of times, then works. */
  const flaky = (times: number, error: Error) => {
    let calls = 0;
    return async () => {
      if (calls++ < times) throw error;
      return { calls };
    };
  };

  test.each([
    ['Lambda.TooManyRequestsException', 8, [2, 4, 8, 16, 32, 64, 120, 120]],
    ['Lambda.ServiceException', 3, [2, 4, 8]],
    ['SlowDown', 5, [5, 10, 20, 40, 80]],
    ['ContentionError', 2, [5, 10]],
    ['Sandbox.Timedout', 1, [10]],
    ['States.Timeout', 1, [10]],
  ])('%s %i times is retried with growing waits, and nobody is told', async (name, times, expected) => {
    const outcome = await run({ compactor: flaky(times, failure(name)) });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', messages: [] });
    expect(waits(outcome, 'Compact')).toEqual(expected);
  });

  test.each([
    ['Lambda.TooManyRequestsException', 9],
    ['SlowDown', 6],
    ['TypeError', 2],
  ])('%s %i times goes to the dead-letter queue, whole', async (name, times) => {
    const outcome = await run({ compactor: flaky(times, failure(name, 'why it failed')) });

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { tasks: 1, failed: 0 } });
    expect(outcome.messages).toEqual([
      {
        QueueUrl: NAMES.queue,
        MessageBody: {
          source: 'compaction-task',
          task: task('dt=2026-06-15'),
          execution: expect.any(String),
          error: name,
          cause: expect.stringContaining('why it failed'),
        },
      },
    ]);
  });

  test('does not stop the tasks of other partitions', async () => {
    const done: Json[] = [];
    const outcome = await run({
      tasks: ['poison', 'healthy-1', 'healthy-2', 'healthy-3', 'healthy-4'].map(task),
      compactor: async ({ partition }) => {
        if (partition === 'poison') throw failure('RangeError');
        done.push(partition as Json);
      },
    });

    expect(outcome.status).toBe('SUCCEEDED');
    expect(done).toEqual(['healthy-1', 'healthy-2', 'healthy-3', 'healthy-4']);
    expect(outcome.messages).toMatchObject([{ MessageBody: { task: { partition: 'poison' } } }]);
  });

  test('and cannot be reported fails the run, after all the other tasks', async () => {
    const compactor = jest.fn(async ({ partition }: JsonObject) => {
      if (partition === 'poison') throw failure('RangeError');
    });
    const outcome = await run({
      tasks: ['poison', 'healthy'].map(task),
      compactor,
      queue: async () => {
        throw failure('Sqs.SqsException');
      },
    });

    expect(outcome).toMatchObject({ status: 'FAILED', error: 'FailedTasksWereNotReported' });
    expect(waits(outcome, 'ReportFailedTask')).toEqual([2, 4, 8, 16]);
    expect(compactor).toHaveBeenCalledWith(task('healthy'));
  });
});

describe('a run that fails as a whole', () => {
  test('because planning fails: the execution fails with the error of the planner', async () => {
    const outcome = await run({
      planner: async () => {
        throw failure('AccessDenied', 'raw bucket');
      },
    });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'AccessDenied' });
    expect(outcome.cause).toContain('raw bucket');
    expect(waits(outcome, 'Plan')).toEqual([10]);
  });

  test('because the plan is not where the planner said', async () => {
    const outcome = await run({ planner: async () => ({ key: 'plans/other.jsonl', tasks: 1 }) });
    expect(outcome).toMatchObject({ status: 'FAILED', error: 'States.ItemReaderFailed' });
    expect(entered(outcome).at(-1)).toBe('RunFailed');
  });
});
