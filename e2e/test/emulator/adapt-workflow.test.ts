import { adaptWorkflows } from '../../emulator/adapt-workflow';

const machine = (DefinitionString: unknown) => ({
  Resources: { M: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString, RoleArn: 'role' } } },
});

const states = (template: unknown): Record<string, Record<string, unknown>> => {
  const { DefinitionString } = (template as ReturnType<typeof machine>).Resources.M.Properties;
  const pieces = (DefinitionString as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
  return JSON.parse(pieces.map((piece) => (typeof piece === 'string' ? piece : '<ref>')).join('')).States;
};

const MAP = {
  Type: 'Map',
  Next: 'Sum',
  ResultWriter: {},
  ItemProcessor: { States: { Report: { Type: 'Task', Parameters: { 'task.$': '$$.Execution.Input' } } } },
};

test('a map with a result writer is followed by a state that finds its run, and its children find their input', () => {
  const text = JSON.stringify({ StartAt: 'Each', States: { Each: MAP, Sum: { Type: 'Succeed' } } });

  const { template, adapted } = adaptWorkflows(machine(text));

  expect(adapted).toBe(1);
  const { Each, FindMapRunOfEach } = states(template);
  expect(Each).toMatchObject({ Next: 'FindMapRunOfEach' });
  expect(JSON.stringify(Each)).toContain('"task.$":"$$.Map.Item.Value"');
  expect(FindMapRunOfEach).toMatchObject({ Resource: 'arn:aws:states:::aws-sdk:sfn:listMapRuns', Next: 'Sum' });
});

test('intrinsic functions in a definition stay where they are', () => {
  const [before = '', after = ''] = JSON.stringify({
    StartAt: 'One',
    States: { One: { Type: 'Task', Resource: '|', Comment: 'quote " and \\ and \u0002', End: true } },
  }).split('|');
  const join = { 'Fn::Join': ['', [before, { Ref: 'A' }, ':', { 'Fn::GetAtt': ['B', 'Arn'] }, after]] };

  const { template, adapted } = adaptWorkflows(machine(join));

  expect(adapted).toBe(0);
  expect(template).toEqual(machine(join));
});

test('other resources are left alone', () => {
  const template = { Resources: { Q: { Type: 'AWS::SQS::Queue', Properties: { a: 1 } } } };
  expect(adaptWorkflows(template)).toEqual({ template, adapted: 0 });
});
