/** Every state machine of every template, whoever adds it: CloudFormation and Step Functions take one that leads nowhere. */

import { isObject, type JsonObject, type State, type StateMachineDefinition } from '../../../test/support/asl/types';
import type { SynthesizedStack, Template } from '../../../test/support/synthesize';
import { VARIANTS } from '../../../test/support/variants';
import { SYNTHESIZED } from './synthesized';

/** The package has no type declarations. */
const validate = require('asl-validator') as (definition: object) => { isValid: boolean; errors: object[] };

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:name';

interface Machine {
  readonly where: string;
  readonly id: string;
  readonly template: Template;
  readonly definition: StateMachineDefinition;
}

/** A text of a template; what CloudFormation puts in is an ARN or a name. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = ['', undefined]] = Object.entries(value as object);
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, readonly unknown[]];
    return parts.map(textOf).join(separator);
  }
  if (name === 'Ref') return argument === 'AWS::Partition' ? 'aws' : 'name';
  return ARN;
}

const machinesOf = ({ stackName, template }: SynthesizedStack): readonly Machine[] =>
  Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine')
    .map(([id, { Properties }]) => ({
      where: `${stackName}: ${id}`,
      id,
      template,
      definition: JSON.parse(textOf(Properties?.DefinitionString)) as StateMachineDefinition,
    }));

const machines = SYNTHESIZED.flatMap(({ stacks }) => stacks).flatMap(machinesOf);

/** The top level, the item processor of each map and the branches of each parallel state. */
function levels(machine: StateMachineDefinition): readonly StateMachineDefinition[] {
  const inner = Object.values(machine.States).flatMap((state) => [
    ...(isObject(state.ItemProcessor ?? null) ? [state.ItemProcessor as StateMachineDefinition] : []),
    ...((state.Branches ?? []) as StateMachineDefinition[]),
  ]);
  return [machine, ...inner.flatMap(levels)];
}

const catches = (state: State): readonly JsonObject[] => (state.Catch ?? []) as JsonObject[];

const targets = (state: State): readonly string[] =>
  [
    state.Next,
    state.Default,
    ...[...((state.Choices ?? []) as JsonObject[]), ...catches(state)].map(({ Next }) => Next),
  ]
    .filter((name) => name !== undefined)
    .map(String);

/** What is wrong with the transitions of a machine. */
function problemsOf(definition: StateMachineDefinition): readonly string[] {
  return levels(definition).flatMap(({ StartAt, States }) => {
    const reached = new Set([StartAt, ...Object.values(States).flatMap(targets)]);
    return [
      ...[...reached].filter((name) => States[name] === undefined).map((name) => `${name} does not exist`),
      ...Object.keys(States).flatMap((name) => (reached.has(name) ? [] : [`${name} is never reached`])),
      ...Object.entries(States).flatMap(([name, state]) => [
        ...(callsFunction(state) && catches(state).length === 0 ? [`${name} has no Catch`] : []),
        ...catches(state)
          .map(({ Next }) => States[String(Next)])
          .filter((target) => target !== undefined && !isSeen(target))
          .map(() => `${name} catches into silence`),
      ]),
    ];
  });
}

const callsFunction = ({ Type, Resource }: State): boolean =>
  Type === 'Task' && /:lambda:|states:::lambda:invoke/.test(String(Resource));

/** A failed execution raises an alarm, and so does a message in a dead-letter queue. */
const isSeen = ({ Type, Resource }: State): boolean => Type === 'Fail' || /:sqs:sendMessage$/.test(String(Resource));

test('each stage has one that compacts and one that logs queries', () => {
  expect(machines.length).toBeGreaterThanOrEqual(2 * VARIANTS.length);
});

test('is valid Amazon States Language', () => {
  for (const { where, definition } of machines) {
    expect({ where, ...validate(definition) }).toMatchObject({ where, isValid: true, errors: [] });
  }
});

test('every transition leads to a state, every state is reached, every call of a function has a Catch that is seen', () => {
  for (const { where, definition } of machines) {
    expect({ where, problems: problemsOf(definition) }).toEqual({ where, problems: [] });
  }
});

test('an alarm watches for failed executions of each', () => {
  for (const { where, id, template } of machines) {
    const alarms = Object.values(template.Resources).filter(
      ({ Type, Properties }) =>
        Type === 'AWS::CloudWatch::Alarm' &&
        /"MetricName":"ExecutionsFailed"/.test(JSON.stringify(Properties)) &&
        JSON.stringify(Properties).includes(`"${id}"`),
    );
    expect({ where, alarms: alarms.length > 0 }).toEqual({ where, alarms: true });
  }
});

test.each<[string, (states: StateMachineDefinition['States']) => void, string]>([
  ['a Catch that is missing', ({ Work }) => void delete Work?.Catch, 'Work has no Catch'],
  [
    'a target that does not exist',
    ({ Work }) => void Object.assign(Work ?? {}, { Next: 'Gone' }),
    'Gone does not exist',
  ],
  [
    'a Catch that ends as if nothing had happened',
    (states) => void Object.assign(states.Failed ?? {}, { Type: 'Succeed' }),
    'Work catches into silence',
  ],
])('%s is found', (_, spoil, problem) => {
  const definition: StateMachineDefinition = {
    StartAt: 'Work',
    States: {
      Work: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }],
        Next: 'Done',
      },
      Failed: { Type: 'Fail' },
      Done: { Type: 'Succeed' },
    },
  };
  expect(problemsOf(definition)).toEqual([]);
  spoil(definition.States);
  expect(problemsOf(definition)).toContain(problem);
});
