import { type JsonValue, Members, NumberText } from './json-value';
import { plainName } from './names';
import { epochUnit, saysTime, timeGuesses } from './time-guess';

/** Where the records are within envelopes, by the names that lead there. */
export interface Envelope {
  readonly unwrap: readonly string[];
  /** Members of the envelope that go with each record. */
  readonly carry: readonly (readonly string[])[];
}

/** Members of an envelope that are copied into its records. */
const MAX_CARRIED = 20;
/** Objects within each other that are looked into. */
const MAX_DEPTH = 4;
/** Names of members that hold records, whatever else stands beside them. */
const KNOWN = /^(?:records|logevents|events|entries|messages|rows|hits|results|items|data|value|values)$/i;
/** What says how the records are written stands beside them. */
const BESIDE = new Set(['schema', 'metadata']);

interface Found {
  readonly path: readonly string[];
  readonly value: JsonValue;
}

/**
 * The envelope that objects are: about no time themselves, but each with one array of objects, or one object that has a time.
 *
 * @returns undefined where they are records themselves, or where what stands beside would be lost
 */
export function envelopeOf(records: readonly Members[]): Envelope | undefined {
  if (records.length === 0) return undefined;
  const all = records.map((record) => membersOf(record));
  return ofArrays(all) ?? ofObjects(all);
}

/** Every member of an object and of the objects within, but nothing within arrays. */
function membersOf({ entries }: Members, before: readonly string[] = []): Found[] {
  return entries.flatMap(([name, value]) => {
    const path = [...before, name];
    const within = value instanceof Members && path.length < MAX_DEPTH ? membersOf(value, path) : [];
    return [{ path, value }, ...within];
  });
}

const key = (path: readonly string[]): string => JSON.stringify(path);

function ofArrays(all: readonly (readonly Found[])[]): Envelope | undefined {
  const paths = new Map<string, readonly string[]>();
  for (const { path, value } of all.flat()) if (isRecords(value)) paths.set(key(path), path);
  const known = [...paths.values()].filter((path) => KNOWN.test(path.at(-1) ?? ''));
  const [unwrap, ...others] = known.length > 0 ? known : [...paths.values()];
  if (unwrap === undefined || others.length > 0) return undefined;
  const records = all.map((found) => found.find(({ path }) => key(path) === key(unwrap))?.value);
  if (!records.every((value) => Array.isArray(value))) return undefined;
  const outside = all.flatMap((found) => found.filter(({ path }) => key(path) !== key(unwrap)));
  const hasTime = outside.some(({ path, value }) => isTime(path.at(-1) ?? '', value));
  const isKnown = known.length > 0 && records.flat().some((value) => value instanceof Members && withTime(value));
  return hasTime && !isKnown ? undefined : { unwrap, carry: carried(all, unwrap) };
}

function ofObjects(all: readonly (readonly Found[])[]): Envelope | undefined {
  const [first = []] = all;
  if (all.some((found) => found.some(({ path, value }) => path.length === 1 && isTime(path[0] ?? '', value)))) {
    return undefined;
  }
  const candidates = first.filter(({ path }) =>
    all.every((found) =>
      found.some((other) => key(other.path) === key(path) && other.value instanceof Members && withTime(other.value)),
    ),
  );
  const depth = Math.min(...candidates.map(({ path }) => path.length));
  const [unwrap, ...others] = candidates.filter(({ path }) => path.length === depth).map(({ path }) => path);
  if (unwrap === undefined || others.length > 0) return undefined;
  // A record that has parts beside this one would lose them.
  const isLost = ({ path, value }: Found): boolean =>
    isBeside(path, unwrap) && !isScalar(value) && value !== null && !BESIDE.has(path.at(-1) ?? '');
  if (all.some((found) => found.some(isLost))) return undefined;
  const carry = carried(all, unwrap);
  const within = new Set(
    all
      .flat()
      .filter(({ path }) => isWithin(path, unwrap))
      .map(({ path }) => path.at(-1)),
  );
  const beside = new Set(
    all
      .flat()
      .filter(({ path, value }) => isScalar(value) && isBeside(path, unwrap))
      .map(({ path }) => path.at(-1)),
  );
  // A record keeps its own member of a name that both have, and a part of a record is no record.
  const isWhole =
    [...beside].every((name) => !within.has(name)) && beside.size === carry.length && within.size >= beside.size;
  return isWhole ? { unwrap, carry } : undefined;
}

const isWithin = (path: readonly string[], unwrap: readonly string[]): boolean =>
  path.length === unwrap.length + 1 && unwrap.every((name, index) => name === path[index]);

/** Whether a member belongs to an object that leads to the records, and does not lead there itself. */
const isBeside = (path: readonly string[], unwrap: readonly string[]): boolean =>
  path.length <= unwrap.length &&
  path.slice(0, -1).every((name, index) => name === unwrap[index]) &&
  path.at(-1) !== unwrap[path.length - 1];

/** Scalars of the envelope; of those with one last name the outermost. */
function carried(all: readonly (readonly Found[])[], unwrap: readonly string[]): (readonly string[])[] {
  const paths = new Map<string, readonly string[]>();
  const found = all.flat().filter(({ path, value }) => isScalar(value) && isBeside(path, unwrap));
  for (const { path } of found.sort((a, b) => a.path.length - b.path.length)) {
    const name = path.at(-1) ?? '';
    if (!paths.has(name)) paths.set(name, path);
  }
  return [...paths.values()].slice(0, MAX_CARRIED);
}

const isRecords = (value: JsonValue): boolean =>
  Array.isArray(value) && value.length > 0 && (value as readonly JsonValue[]).every((item) => item instanceof Members);

const isScalar = (value: JsonValue): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || value instanceof NumberText;

const withTime = ({ entries }: Members): boolean => entries.some(([name, value]) => isTime(name, value));

function isTime(name: string, value: JsonValue): boolean {
  if (typeof value === 'string') return timeGuesses(value).length > 0;
  if (!(value instanceof NumberText) || !saysTime(plainName(name))) return false;
  return epochUnit(Number(value.text), Number(value.text)) !== undefined;
}
