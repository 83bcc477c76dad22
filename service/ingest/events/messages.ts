import type { ErrorObject } from 'ajv';
import type { Column, ColumnType, Dataset } from '../../../lib/dataset';

/** What is wrong with an event: where, and what to send instead. */
export interface EventProblem {
  /** For machines: see docs/ingest.md#answers. */
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

/** Characters of a caller's value, or name, that a message repeats; and those of a path, and of a message. */
export const LONGEST_VALUE = 80;
export const LONGEST_FIELD = 200;
export const LONGEST_MESSAGE = 500;

/** What the schema asks for beyond what the line checker does, by type. */
const EXPECTED: Readonly<Partial<Record<ColumnType['kind'], string>>> = {
  bigint: 'expected a bigint; beyond 2^53 send it as a string of digits, because JSON numbers do not hold it',
  decimal: 'expected a decimal; with more than 15 digits send it as a string',
  timestamp: 'expected a timestamp: yyyy-MM-ddTHH:mm:ss with an offset or Z, or milliseconds since 1970',
  float: 'expected a float',
  double: 'expected a finite number',
};

/** Puts the first error of ajv into words. */
export function schemaProblem(dataset: Dataset, error: ErrorObject | undefined): EventProblem {
  const path = (error?.instancePath ?? '').split('/').slice(1);
  // A deep path is cut before anything is made of it: its names are those of the caller.
  const segments = path.slice(0, LONGEST_FIELD).map((segment) => cut(unescapePointer(segment), LONGEST_VALUE));
  const extra: unknown = error?.params.additionalProperty;
  if (typeof extra === 'string') {
    const owner =
      segments.length === 0 ? `dataset ${dataset.name}` : `the struct ${cut(pathText(segments), LONGEST_VALUE)}`;
    return {
      code: 'unknown-field',
      field: cut(pathText([...segments, cut(extra, LONGEST_VALUE)]), LONGEST_FIELD),
      message: `${owner} has no such field; remove it, or declare it`,
    };
  }
  const kind = kindAt(dataset.columns, segments);
  const message = (kind === undefined ? undefined : EXPECTED[kind]) ?? error?.message ?? 'does not fit the schema';
  return { code: 'invalid', field: cut(pathText(segments), LONGEST_FIELD), message };
}

/** A text of at most so many characters, and a mark that there was more. */
export const cut = (text: string, characters: number): string =>
  text.length <= characters ? text : `${text.slice(0, characters)}...`;

const unescapePointer = (segment: string): string => segment.replaceAll('~1', '/').replaceAll('~0', '~');

const pathText = (segments: readonly string[]): string =>
  segments.reduce((path, segment) => {
    if (/^\d+$/.test(segment)) return `${path}[${segment}]`;
    return path === '' ? segment : `${path}.${segment}`;
  }, '');

function kindAt(columns: readonly Column[], [first, ...rest]: readonly string[]): ColumnType['kind'] | undefined {
  let type = columns.find(({ name }) => name === first)?.type;
  for (const segment of rest) {
    if (type?.kind === 'array') type = type.element;
    else if (type?.kind === 'map') type = type.value;
    else if (type?.kind === 'struct') type = type.fields.find(({ name }) => name === segment)?.type;
  }
  return type?.kind;
}
