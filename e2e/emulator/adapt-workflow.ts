import type { Template } from './filter-template';

/** What the run says about it. */
export const ADAPTED = [
  'AWS::StepFunctions::StateMachine: the emulator ignores ResultWriter, so that a map gives its results and not the ARN of ' +
    'its run. A state that asks for the ARN stands before each state that needs it; the results are not written.',
  "AWS::StepFunctions::StateMachine: the emulator gives a map's child the input of its parent as $$.Execution.Input; " +
    '$$.Map.Item.Value, which holds the same there as the other on AWS, stands in for it.',
] as const;

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly ResultWriter?: unknown;
  readonly ItemProcessor?: unknown;
}

/**
 * Puts a state that finds the map run behind every map with a `ResultWriter`, whose output on AWS names the map run and on
 * the emulator does not; and has its children find their input. Everything else of the definition stays as it is deployed
 * to AWS.
 *
 * @returns the template and how many maps were changed
 */
export function adaptWorkflows(template: Template): { template: Template; adapted: number } {
  let adapted = 0;
  const resources = Object.entries(template.Resources).map(([id, resource]) => {
    if (resource.Type !== 'AWS::StepFunctions::StateMachine') return [id, resource] as const;
    const { text, parts } = flatten(resource.Properties?.DefinitionString);
    const definition = JSON.parse(text) as { readonly States: Record<string, State> };
    for (const [name, state] of Object.entries(definition.States)) {
      if (state.Type !== 'Map' || state.ResultWriter === undefined || state.Next === undefined) continue;
      const finder = `FindMapRunOf${name}`;
      definition.States[finder] = findMapRun(state.Next) as State;
      definition.States[name] = { ...state, Next: finder, ItemProcessor: findInput(state.ItemProcessor) };
      adapted++;
    }
    const DefinitionString = unflatten(JSON.stringify(definition), parts);
    return [id, { ...resource, Properties: { ...resource.Properties, DefinitionString } }] as const;
  });
  return { template: { ...template, Resources: Object.fromEntries(resources) }, adapted };
}

const findMapRun = (next: string): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::aws-sdk:sfn:listMapRuns',
  Parameters: { 'ExecutionArn.$': '$$.Execution.Id' },
  ResultSelector: { 'MapRunArn.$': '$.MapRuns[0].MapRunArn' },
  Next: next,
});

const findInput = (processor: unknown): unknown =>
  JSON.parse(JSON.stringify(processor).replaceAll('"$$.Execution.Input"', () => '"$$.Map.Item.Value"'));

/** A text with intrinsic functions in it, as one text with a mark for each of them. */
function flatten(value: unknown): { text: string; parts: unknown[] } {
  const join = (value as { readonly 'Fn::Join'?: readonly [string, readonly unknown[]] })['Fn::Join'];
  const pieces = join === undefined ? [value] : join[1];
  const parts: unknown[] = [];
  const text = pieces.map((piece) => {
    if (typeof piece === 'string') return piece;
    parts.push(piece);
    return `\u0001${parts.length - 1}\u0001`;
  });
  // A mark is inside of a JSON text, where a control character must be escaped.
  return { text: text.join(join?.[0] ?? '').replaceAll('\u0001', '\\u0001'), parts };
}

const unflatten = (text: string, parts: readonly unknown[]): unknown => ({
  'Fn::Join': ['', text.split('\\u0001').map((piece, index) => (index % 2 === 0 ? piece : parts[Number(piece)]))],
});
