import { isUtf8 } from 'node:buffer';
import { type Dataset, jsonSchema, type PartitionValues } from '../../../lib/dataset';
import type { ColumnValue } from '../../../lib/rows/column-value';
import { RowChecker } from '../../../lib/rows/row';
import type { LimitSettings, WindowSettings } from '../settings';
import { ContentMarker } from './content';
import { Identifier, type RequestIdentity } from './identity';
import { cut, type EventProblem, faultProblem, LONGEST_MESSAGE } from './messages';
import { PartitionFinder, PlacementError } from './place';
import { measure, withoutMembers } from './shape';

/** An event that may be stored. */
export interface AcceptedEvent {
  readonly partition: string;
  readonly identity: string | undefined;
  /** Distinguishes it from another event with the same identity; empty without one. */
  readonly content: string;
  /** The line, newline included, as it goes into the raw object: `bytes` from `start` to `end`. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export type Verdict = AcceptedEvent | EventProblem;

export const isAccepted = (verdict: Verdict): verdict is AcceptedEvent => 'partition' in verdict;

export interface RequestContext extends RequestIdentity {
  /** Values of leading keys that the request gives for all of its events. */
  readonly leading: PartitionValues;
  /** What the token is restricted to: `Principal.partitions`. */
  readonly partitions: ReadonlySet<string> | undefined;
  /** Whether all bytes of the request are known to be valid UTF-8. */
  readonly isUtf8: boolean;
  /** Whether there may be a backslash among them. */
  readonly mayEscape: boolean;
}

/** An event cannot hold more members than this part of its bytes: a member is `"":0,` at least. */
const BYTES_A_FIELD = 5;
/** A level of nesting is a bracket and what closes it. */
const BYTES_A_LEVEL = 2;

/**
 * Validates events of one dataset: first limits on the bytes, then compaction's own row validator in its strict mode. So no
 * stored event is ever quarantined, and accepted events are exactly those of the dataset's JSON Schema.
 */
export class EventValidator {
  readonly #dataset: Dataset;
  readonly #limits: LimitSettings;
  readonly #checker: RowChecker;
  readonly #finder: PartitionFinder;
  readonly #identifier: Identifier;
  readonly #marker: ContentMarker;
  readonly #leading: ReadonlySet<string>;
  /** Members that events may carry for the leading keys. */
  readonly #carried: readonly (readonly [string, ColumnValue])[];
  readonly #time: ColumnValue;

  constructor(dataset: Dataset, limits: LimitSettings, window: WindowSettings, now: () => number = Date.now) {
    this.#dataset = dataset;
    this.#limits = limits;
    this.#leading = new Set(dataset.partition.leading.map(({ name }) => name));
    // An event may carry the leading keys; they are taken out before it is stored.
    const members = [...this.#leading].map((name) => ({
      name,
      type: { kind: 'string' as const },
      notNull: false,
      comment: undefined,
    }));
    this.#checker = new RowChecker([...dataset.columns, ...members], { strict: true });
    this.#finder = new PartitionFinder(dataset, window, now);
    this.#identifier = new Identifier(dataset, this.#checker);
    this.#marker = new ContentMarker(dataset, this.#checker);
    this.#carried = members.map(({ name }) => [name, this.#checker.column(name)]);
    this.#time = this.#checker.column(dataset.eventTime);
  }

  /** Validates the event in `[start, end)`; a newline must be at `end`. */
  judge(bytes: Buffer, start: number, end: number, request: RequestContext, index: number): Verdict {
    const tooBig = this.#exceeds(bytes, start, end);
    if (tooBig !== undefined) return tooBig;
    if (!request.isUtf8 && !isUtf8(bytes.subarray(start, end))) {
      return { code: 'not-utf8', field: '', message: 'the event is not valid UTF-8' };
    }
    if (this.#checker.check(bytes, start) !== end) return faultProblem(this.#dataset, this.#checker.fault);
    const tooLong = this.#checker.patches.needed ? this.#checker.tooLong(start, end) : undefined;
    if (tooLong !== undefined) return { code: 'too-large', field: '', message: tooLong };
    return this.#place(bytes, start, end, request, index);
  }

  /** Decides where the event goes that the checker has just accepted. */
  #place(bytes: Buffer, start: number, end: number, request: RequestContext, index: number): Verdict {
    let partition: string;
    let carries = false;
    try {
      let leading: PartitionValues = request.leading;
      if (this.#carried.length > 0) {
        carries = this.#carried.some(([, member]) => member.isPresent);
        if (carries || Object.keys(leading).length < this.#carried.length) leading = this.#leadingOf(bytes, leading);
      }
      const forbidden = request.partitions && this.#forbidden(leading, request.partitions);
      if (forbidden !== undefined) {
        const message = 'the token is confined to other values of this partition key';
        return { code: 'not-allowed', field: forbidden, message };
      }
      partition = this.#finder.find(this.#time.read(bytes), leading);
    } catch (error) {
      if (error instanceof PlacementError) {
        return { code: 'no-place', field: '', message: cut(error.message, LONGEST_MESSAGE) };
      }
      throw error;
    }
    const identity = this.#identifier.identify(partition, request, index, { bytes, start, end });
    const content = identity === undefined ? '' : this.#marker.mark(bytes, request.mayEscape);
    if (!carries) return { partition, identity, content, bytes, start, end: end + 1 };
    const line = withoutMembers(bytes, start, end, this.#leading);
    return { partition, identity, content, bytes: line, start: 0, end: line.length };
  }

  /** The first leading key whose value the token may not write. */
  #forbidden(leading: PartitionValues, allowed: ReadonlySet<string>): string | undefined {
    return [...this.#leading].find((name) => {
      const word = `${name}=${leading[name]}`;
      return !allowed.has(word) && !allowed.has(`${this.#dataset.name}:${word}`);
    });
  }

  /** The leading keys from the event, or from the request; both may name one only if they agree. */
  #leadingOf(bytes: Buffer, ofRequest: PartitionValues): PartitionValues {
    const values: Record<string, string> = {};
    for (const [name, member] of this.#carried) {
      const own = member.read(bytes);
      if (own === null) throw new PlacementError(`${name}: null is not a value of a partition key; leave it out`);
      const given = Object.hasOwn(ofRequest, name) ? ofRequest[name] : undefined;
      if (typeof own === 'string' && given !== undefined && own !== given) {
        throw new PlacementError(`${name}: the event and the header ${partitionHeader(name)} contradict each other`);
      }
      const value = typeof own === 'string' ? own : given;
      if (value === undefined) {
        throw new PlacementError(
          `${name}: give it as a member of the event, or in the header ${partitionHeader(name)}`,
        );
      }
      values[name] = value;
    }
    return values;
  }

  #exceeds(bytes: Buffer, start: number, end: number): EventProblem | undefined {
    const size = end - start;
    const { eventBytes, fields: maxFields, depth: maxDepth } = this.#limits;
    if (size > eventBytes) return tooMuch('too-large', `${size} bytes, but an event has ${eventBytes} at most`);
    if (size <= BYTES_A_LEVEL * maxDepth && size <= BYTES_A_FIELD * maxFields) return undefined;
    if (size <= BYTES_A_FIELD * maxFields && !mayNest(bytes.subarray(start, end), maxDepth)) return undefined;
    const { fields, depth } = measure(bytes, start, end);
    if (depth > maxDepth) return tooMuch('too-deep', `${depth} levels, but an event has ${maxDepth} at most`);
    if (fields > maxFields)
      return tooMuch('too-many-fields', `${fields} members, but an event has ${maxFields} at most`);
    return undefined;
  }
}

// Not inside of the method: each event would make its own.
const tooMuch = (code: 'too-large' | 'too-many-fields' | 'too-deep', message: string): EventProblem => ({
  code,
  field: '',
  message,
});

/** Whether there are enough brackets for the nesting to be too deep; far cheaper than following it. */
function mayNest(event: Buffer, maxDepth: number): boolean {
  let opening = 0;
  for (const bracket of [0x7b, 0x5b]) {
    for (let at = event.indexOf(bracket); at >= 0; at = event.indexOf(bracket, at + 1)) {
      opening += 1;
      if (opening > maxDepth) return true;
    }
  }
  return false;
}

/** Header that gives a leading key for all events of a request. With hyphens: load balancers drop names with `_`. */
export const partitionHeader = (key: string): string => `lake-partition-${key.replaceAll('_', '-')}`;

/** The dataset's JSON Schema with its leading keys as optional members. */
export function eventSchema(dataset: Dataset): Readonly<Record<string, unknown>> {
  const schema = jsonSchema(dataset);
  const leading = dataset.partition.leading.map((key) => [
    key.name,
    {
      type: 'string',
      ...(key.kind === 'enum' ? { enum: key.values } : {}),
      description: `Partition key; may be given by the header ${partitionHeader(key.name)} instead.`,
    },
  ]);
  return { ...schema, properties: { ...(schema.properties as object), ...Object.fromEntries(leading) } };
}
