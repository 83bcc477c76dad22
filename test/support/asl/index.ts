export { definitionOf, type Resolve, render } from './definition';
export { type Environment, EXECUTION_ARN, execute, type HistoryEvent, type Outcome, type Service } from './interpreter';
export { type Json, type JsonObject, type State, type StateMachineDefinition, UnsupportedError } from './types';
