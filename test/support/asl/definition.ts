import type { Template } from 'aws-cdk-lib/assertions';
import { isObject, type JsonObject, type StateMachineDefinition } from './types';

/** Name that stands for a CloudFormation reference (`Ref`, `Fn::GetAtt`, `Fn::ImportValue`) in a rendered text. */
export type Resolve = (reference: JsonObject) => string;

/** The definition of the template's only state machine, references replaced. */
export function definitionOf(template: Template, resolve: Resolve): StateMachineDefinition {
  const [machine, ...others] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  if (machine === undefined || others.length > 0) throw new Error('The template must hold exactly one state machine');
  return JSON.parse(render(machine.Properties.DefinitionString, resolve)) as StateMachineDefinition;
}

/** A CloudFormation value as text. */
export function render(value: unknown, resolve: Resolve): string {
  if (typeof value === 'string') return value;
  if (!isObject(value)) throw new Error(`Not a text: ${JSON.stringify(value)}`);
  const join = value['Fn::Join'];
  if (Array.isArray(join)) return (join[1] as unknown[]).map((part) => render(part, resolve)).join(String(join[0]));
  return value.Ref === 'AWS::Partition' ? 'aws' : resolve(value);
}
