export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A state of the Amazon States Language; which fields it may have depends on its type and is checked when it runs. */
export type State = JsonObject & { Type: string };

export interface StateMachineDefinition extends JsonObject {
  StartAt: string;
  States: { [name: string]: State };
}

/** A failure as Step Functions knows it: an error name, which Retry and Catch match, and a cause for people. */
export class StateError extends Error {
  constructor(
    readonly error: string,
    override readonly cause: string,
  ) {
    super(`${error}: ${cause}`);
    this.name = 'StateError';
  }
}

/** The definition uses something that the interpreter does not implement. Never caught by a Catch of the definition. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Refuses fields that the interpreter would ignore. */
export function allowFields(what: string, value: JsonObject, fields: readonly string[]): void {
  const unknown = Object.keys(value).filter((field) => !fields.includes(field));
  if (unknown.length > 0) throw new UnsupportedError(`${what}: ${unknown.join(', ')}`);
}
