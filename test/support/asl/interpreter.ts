/**
 * Runs state machines in the process, as far as this project's definitions go: Task, Choice, Pass, Succeed, Fail, and the
 * distributed Map over JSON Lines in S3, with Retry, Catch and the JSONPath fields. It refuses everything it does not
 * know. Time is fake: waits are recorded, not slept, and `TimeoutSeconds` never strikes (a service that wants a time-out
 * throws `States.Timeout`).
 */
import { choose } from './choice';
import { DistributedMapRuns } from './distributed-map';
import { evaluate, lookupRequired, place, type Scope, select } from './paths';
import { catcher, RetryCounter } from './retry';
import {
  allowFields,
  isObject,
  type Json,
  type JsonObject,
  type State,
  StateError,
  type StateMachineDefinition,
  UnsupportedError,
} from './types';

/** Carries out a Task; its error's `name` is what Retry and Catch see. */
export type Service = (parameters: JsonObject) => Promise<unknown>;

export interface Environment {
  /** By resource, e.g. `arn:aws:states:::sqs:sendMessage`. */
  readonly services: Readonly<Record<string, Service>>;
  /** Text of an S3 object; rejects when there is none. */
  readonly readObject: (bucket: string, key: string) => Promise<string>;
  /** Share of a delay that full jitter leaves, 0 to 1. @default 1, the longest wait */
  readonly jitter?: () => number;
}

export interface HistoryEvent {
  /** `parent`, or the index of the map's item. */
  readonly execution: string;
  readonly state: string;
  readonly event: 'entered' | 'failed' | 'retried' | 'caught';
  readonly error?: string;
  /** Seconds before the retry. */
  readonly wait?: number;
}

export interface Outcome {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly history: readonly HistoryEvent[];
  /** Most children of a map that were in flight at one time. */
  readonly mostInFlight: number;
}

const PAYLOAD_LIMIT = 256 * 1024;
const COMMON = ['Type', 'Comment', 'Next', 'End', 'InputPath', 'OutputPath'];
const TASK = ['Resource', 'Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch', 'TimeoutSeconds'];
const MAP = ['ItemProcessor', 'ItemReader', 'ItemSelector', 'Label', 'MaxConcurrency', 'ToleratedFailurePercentage'];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Task: [...COMMON, ...TASK],
  Pass: [...COMMON, 'Parameters', 'Result', 'ResultPath'],
  Choice: ['Type', 'Comment', 'InputPath', 'OutputPath', 'Choices', 'Default'],
  Succeed: ['Type', 'Comment', 'InputPath', 'OutputPath'],
  Fail: ['Type', 'Comment', 'Error', 'Cause', 'ErrorPath', 'CausePath'],
  Map: [...COMMON, ...MAP, 'ResultWriter', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'],
};

export const EXECUTION_ARN = 'arn:aws:states:eu-central-1:111122223333:execution:machine:run';
const STATE_MACHINE_ARN = 'arn:aws:states:eu-central-1:111122223333:stateMachine:machine';

/** Executes a definition. @throws UnsupportedError when it uses what the interpreter does not know */
export async function execute(
  definition: StateMachineDefinition,
  input: Json,
  environment: Environment,
): Promise<Outcome> {
  allowFields('State machine', definition, ['Comment', 'StartAt', 'States', 'TimeoutSeconds']);
  const run = new Interpreter(environment);
  const context: JsonObject = {
    Execution: { Id: EXECUTION_ARN, Name: EXECUTION_ARN.slice(EXECUTION_ARN.lastIndexOf(':') + 1), Input: input },
    StateMachine: { Id: STATE_MACHINE_ARN },
  };
  const seen = () => ({ history: run.history, mostInFlight: run.maps.mostInFlight });
  try {
    return { status: 'SUCCEEDED', output: await run.states(definition, input, context, 'parent'), ...seen() };
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return { status: 'FAILED', error: error.error, cause: error.cause, ...seen() };
  }
}

class Interpreter {
  readonly history: HistoryEvent[] = [];
  readonly maps: DistributedMapRuns;

  constructor(private readonly environment: Environment) {
    this.maps = new DistributedMapRuns(environment.readObject, (processor, item, context, index) =>
      this.states(processor as StateMachineDefinition, item, context, String(index)),
    );
  }

  async states(definition: StateMachineDefinition, input: Json, context: JsonObject, execution: string): Promise<Json> {
    let name: string | undefined = definition.StartAt;
    let data = input;
    while (name !== undefined) {
      const state: State | undefined = definition.States[name];
      if (state === undefined) throw new UnsupportedError(`a transition to ${name}, which is not a state`);
      allowFields(`State ${name}`, state, FIELDS[state.Type] ?? []);
      this.history.push({ execution, state: name, event: 'entered' });
      const step = await this.attempt(name, state, { input: data, context }, execution);
      data = withinLimit(name, step.output);
      name = step.next;
    }
    return data;
  }

  private async attempt(name: string, state: State, scope: Scope, execution: string): Promise<Step> {
    const retries = new RetryCounter(state, this.environment.jitter ?? (() => 1));
    for (;;) {
      try {
        return await this.step(state, scope);
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        this.history.push({ execution, state: name, event: 'failed', error: error.error });
        const wait = retries.delay(error);
        if (wait !== undefined) {
          this.history.push({ execution, state: name, event: 'retried', error: error.error, wait });
          continue;
        }
        const caught = catcher(state, error);
        if (caught === undefined) throw error;
        this.history.push({ execution, state: name, event: 'caught', error: error.error });
        const output = { Error: error.error, Cause: error.cause };
        return { next: String(caught.Next), output: place(caught.ResultPath, scope.input, output) };
      }
    }
  }

  private async step(state: State, raw: Scope): Promise<Step> {
    const scope = { ...raw, input: select(state.InputPath, raw) };
    const after = (output: Json): Json => select(state.OutputPath, { ...raw, input: output });
    const next = state.End === true || state.Next === undefined ? undefined : String(state.Next);
    switch (state.Type) {
      case 'Task':
        return { next, output: after(this.placed(state, raw, await this.task(state, scope))) };
      case 'Map':
        return { next, output: after(this.placed(state, raw, await this.maps.run(state, scope))) };
      case 'Pass': {
        const result =
          state.Result ?? (state.Parameters === undefined ? scope.input : evaluate(state.Parameters, scope));
        return { next, output: after(place(state.ResultPath, raw.input, result)) };
      }
      case 'Choice':
        return { next: choose(state, scope), output: after(scope.input) };
      case 'Succeed':
        return { next: undefined, output: after(scope.input) };
      case 'Fail': {
        const text = (field: string): string =>
          String(state[field] ?? lookupRequired(String(state[`${field}Path`]), raw));
        throw new StateError(text('Error'), text('Cause'));
      }
      default:
        throw new UnsupportedError(`state type ${state.Type}`);
    }
  }

  private placed(state: State, raw: Scope, result: Json): Json {
    const selected =
      state.ResultSelector === undefined ? result : evaluate(state.ResultSelector, { ...raw, input: result });
    return place(state.ResultPath, raw.input, selected);
  }

  private async task(state: State, scope: Scope): Promise<Json> {
    const resource = String(state.Resource);
    const parameters = state.Parameters === undefined ? scope.input : evaluate(state.Parameters, scope);
    if (!isObject(parameters)) throw new UnsupportedError(`${resource} with parameters that are no object`);
    const service = resource.endsWith(':aws-sdk:sfn:describeMapRun')
      ? this.maps.describe
      : this.environment.services[resource];
    if (service === undefined) throw new UnsupportedError(`resource ${resource}`);
    try {
      return asJson(await service(parameters));
    } catch (error) {
      throw asStateError(error);
    }
  }
}

interface Step {
  readonly next: string | undefined;
  readonly output: Json;
}

/** Only JSON crosses a service boundary. */
const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;

function asStateError(error: unknown): unknown {
  if (error instanceof UnsupportedError || error instanceof StateError || !(error instanceof Error)) return error;
  return new StateError(error.name, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
}

function withinLimit(name: string, output: Json): Json {
  if (Buffer.byteLength(JSON.stringify(output)) > PAYLOAD_LIMIT) {
    throw new StateError('States.DataLimitExceeded', `The output of ${name} exceeds ${PAYLOAD_LIMIT} bytes`);
  }
  return output;
}
