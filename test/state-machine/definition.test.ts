import { compactionDefinition, compactionTemplate } from '../support/asl/compaction';
import type { JsonObject, State, StateMachineDefinition } from '../support/asl/types';

/** The package has no type declarations. */
const validate = require('asl-validator') as (definition: object) => { isValid: boolean; errors: object[] };

let definition: StateMachineDefinition;

beforeAll(() => {
  definition = compactionDefinition(compactionTemplate({ maxConcurrency: 7 }));
});

/** The top level and the item processor of each map. */
function levels(machine: StateMachineDefinition): StateMachineDefinition[] {
  const inner = Object.values(machine.States).flatMap((state) =>
    state.ItemProcessor === undefined ? [] : levels(state.ItemProcessor as StateMachineDefinition),
  );
  return [machine, ...inner];
}

const allStates = (): State[] => levels(definition).flatMap((level) => Object.values(level.States));

/** Names of the states that a state can go to. */
function targets(state: State): string[] {
  const rules = [...((state.Choices ?? []) as JsonObject[]), ...((state.Catch ?? []) as JsonObject[])];
  return [state.Next, state.Default, ...rules.map((rule) => rule.Next)]
    .filter((name) => name !== undefined)
    .map(String);
}

test('is valid Amazon States Language', () => {
  expect(validate(definition)).toMatchObject({ isValid: true, errors: [] });
});

test('every transition leads to a state, and every state is reached', () => {
  for (const level of levels(definition)) {
    const reached = new Set([level.StartAt, ...Object.values(level.States).flatMap(targets)]);
    expect([...reached].sort()).toEqual(Object.keys(level.States).sort());
  }
});

test('every state ends, or goes on', () => {
  for (const state of allStates()) {
    const ends = state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
    expect(targets(state).length > 0 || ends).toBe(true);
  }
});

test('every Catch ends in a failed execution or in the dead-letter queue', () => {
  for (const level of levels(definition)) {
    for (const caught of Object.values(level.States).flatMap((state) => (state.Catch ?? []) as JsonObject[])) {
      const target = level.States[String(caught.Next)];
      expect(target?.Type === 'Fail' || String(target?.Resource).endsWith(':sqs:sendMessage')).toBe(true);
    }
  }
});

test('every Task has a Retry, and each that invokes a function a time-out and a Catch', () => {
  const tasks = allStates().filter(({ Type }) => Type === 'Task');
  expect(tasks).toHaveLength(5);
  for (const task of tasks) {
    expect(task.Retry).toBeDefined();
    if (String(task.Resource).endsWith(':lambda:invoke')) {
      expect(task).toMatchObject({ TimeoutSeconds: 960, Catch: [{ ErrorEquals: ['States.ALL'] }] });
    }
  }
});

test('the map takes the plan from S3, caps its concurrency and lets no task stop another', () => {
  expect(definition.States.WorkThePlanOff).toMatchObject({
    Label: 'Tasks',
    MaxConcurrency: 7,
    ToleratedFailurePercentage: 100,
    ItemReader: { ReaderConfig: { InputType: 'JSONL' }, Parameters: { Bucket: 'curated-bucket', 'Key.$': '$.key' } },
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
    ResultWriter: { Parameters: { Bucket: 'curated-bucket', Prefix: 'plans/results' } },
  });
});
