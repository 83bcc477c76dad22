import { type Environment, execute, type Json, type State, UnsupportedError } from '../support/asl';

const environment: Environment = {
  services: { echo: async (parameters) => parameters },
  readObject: async () => '{"n":1}\n{"n":2}\n',
};

const machine = (state: object, more: Record<string, object> = {}) => ({
  StartAt: 'Only',
  States: { Only: state as State, ...(more as Record<string, State>) },
});

const output = async (state: object, input: Json): Promise<Json | undefined> =>
  (await execute(machine({ End: true, ...state }), input, environment)).output;

test.each([
  ['InputPath', { Type: 'Pass', InputPath: '$.a' }, 1],
  ['OutputPath', { Type: 'Pass', OutputPath: '$.b[1].c' }, 'deep'],
  [
    'Parameters',
    { Type: 'Pass', Parameters: { 'x.$': '$.a', y: { 'z.$': '$$.StateMachine.Id' } } },
    expect.objectContaining({ x: 1 }),
  ],
  ['Result and ResultPath', { Type: 'Pass', Result: 9, ResultPath: '$.r' }, expect.objectContaining({ a: 1, r: 9 })],
  ['ResultPath null', { Type: 'Task', Resource: 'echo', ResultPath: null }, expect.objectContaining({ a: 1 })],
  [
    'ResultSelector',
    { Type: 'Task', Resource: 'echo', ResultSelector: { 'n.$': 'States.ArrayLength($.b)' } },
    { n: 2 },
  ],
])('%s', async (_, state, expected) => {
  expect(await output(state, { a: 1, b: [0, { c: 'deep' }] })).toEqual(expected);
});

const DISTRIBUTED = {
  Type: 'Map',
  MaxConcurrency: 1,
  ItemReader: {
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: { InputType: 'JSONL' },
    Parameters: { Bucket: 'b', Key: 'k' },
  },
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED' },
    StartAt: 'Odd',
    States: {
      Odd: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'Bad' }], Default: 'Good' },
      Bad: { Type: 'Fail', Error: 'Bad', Cause: 'odd' },
      Good: { Type: 'Succeed' },
    },
  },
  ResultWriter: { Parameters: { Bucket: 'b', Prefix: 'p' } },
};

test.each([
  [49, 'FAILED'],
  [50, 'SUCCEEDED'],
])('a map of which half fails, with %i%% tolerated, has %s', async (ToleratedFailurePercentage, status) => {
  const outcome = await execute(machine({ ...DISTRIBUTED, ToleratedFailurePercentage, End: true }), {}, environment);
  expect(outcome.status).toBe(status);
});

test('an output beyond 256 KiB fails the execution', async () => {
  const big = { Type: 'Pass', Result: 'x'.repeat(300_000), End: true };
  expect(await execute(machine(big), {}, environment)).toMatchObject({
    status: 'FAILED',
    error: 'States.DataLimitExceeded',
  });
});

test('a path that matches nothing fails the execution', async () => {
  const outcome = await execute(machine({ Type: 'Pass', InputPath: '$.nothing', End: true }), {}, environment);
  expect(outcome).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});

test.each([
  ['a field', { Type: 'Task', Resource: 'echo', HeartbeatSeconds: 1 }],
  ['a state type', { Type: 'Parallel' }],
  ['a resource', { Type: 'Task', Resource: 'arn:aws:states:::sns:publish' }],
  ['an intrinsic function', { Type: 'Pass', Parameters: { 'x.$': 'States.UUID()' } }],
  ['a path', { Type: 'Pass', InputPath: '$..deep' }],
  ['a comparison', { Type: 'Choice', Choices: [{ Variable: '$.a', StringMatches: 'x*', Next: 'Only' }] }],
  ['a retry field', { Type: 'Task', Resource: 'echo', Retry: [{ ErrorEquals: ['States.ALL'], Sometimes: true }] }],
  ['a map without limit', { ...DISTRIBUTED, MaxConcurrency: undefined }],
  ['an item reader', { ...DISTRIBUTED, ItemReader: { ...DISTRIBUTED.ItemReader, ReaderConfig: { InputType: 'CSV' } } }],
])('refuses %s that it does not know', async (_, state) => {
  const run = execute(machine({ ...(state.Type === 'Choice' ? {} : { End: true }), ...state }), { a: 1 }, environment);
  await expect(run).rejects.toThrow(UnsupportedError);
});

test('refuses a transition to a state that does not exist', async () => {
  await expect(execute(machine({ Type: 'Pass', Next: 'Nowhere' }), {}, environment)).rejects.toThrow(UnsupportedError);
});
