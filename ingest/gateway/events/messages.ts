import type { Dataset } from '../../../lib/dataset';
import type { RowChecker } from '../../../lib/rows/row';

/** What is wrong with an event: where, and what to send instead. */
export interface EventProblem {
  /** For programs: see ingest/docs/ingest.md#answers. */
  readonly code: EventProblemCode;
  /** Path of the member, e.g. `lines[2].price`; empty for the event as a whole. */
  readonly field: string;
  readonly message: string;
}

export type EventProblemCode =
  | 'too-large'
  | 'too-many-fields'
  | 'too-deep'
  | 'not-utf8'
  | 'invalid'
  | 'unknown-field'
  | 'no-place'
  | 'not-allowed';

/** Most characters that a message repeats of a caller's value or name; most characters of a path, and of a message. */
export const LONGEST_VALUE = 80;
const LONGEST_FIELD = 200;
export const LONGEST_MESSAGE = 500;

/** Why the row validator, in its strict mode, refuses an event. */
export function faultProblem(dataset: Dataset, { path, problem, undeclared }: RowChecker['fault']): EventProblem {
  if (undeclared === undefined) {
    return { code: 'invalid', field: cut(path, LONGEST_FIELD), message: cut(problem, LONGEST_MESSAGE) };
  }
  const owner = path === '' ? `dataset ${dataset.name}` : `the struct ${cut(path, LONGEST_VALUE)}`;
  const name = cut(undeclared, LONGEST_VALUE);
  return {
    code: 'unknown-field',
    field: cut(path === '' ? name : `${path}.${name}`, LONGEST_FIELD),
    message: `${owner} has no such field; remove it, or declare it`,
  };
}

/** A text cut to a number of characters, with a mark if there was more. */
export const cut = (text: string, characters: number): string =>
  text.length <= characters ? text : `${text.slice(0, characters)}...`;
