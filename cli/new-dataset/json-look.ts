import type { Dataset } from '../../lib/dataset';
import type { JsonInputSettings } from '../../lib/dataset/json-input';
import { isOneALine, jsonRecords } from '../input/records';
import { type JsonValue, Members, NumberText, parseJson } from './json-value';
import { plainName } from './names';
import { epochUnit, saysTime, timeGuesses } from './time-guess';

/** How the records of JSON files stand in them. */
export interface JsonLook {
  /** Whether each line is one record, and each record one line. */
  readonly isOneALine: boolean;
  /** Where the records are within envelopes. */
  readonly envelope?: { readonly unwrap: string; readonly carry: readonly string[] } | undefined;
}

/** Records that are looked at for envelopes. */
const TELLING = 100;
/** Members of an envelope that are copied into its records. */
const MAX_CARRIED = 20;

/** What reading records needs to know of a dataset. */
export function recordsDataset({ envelope }: Pick<JsonLook, 'envelope'>): Dataset {
  const json = envelope && { unwrap: [envelope.unwrap], carry: envelope.carry.map((name) => [name]) };
  return {
    columns: [],
    input: { formats: ['json'], csv: { delimiter: ',' }, ...(json && { json }) },
  } as unknown as Dataset;
}

export async function lookAtJson(paths: readonly string[]): Promise<JsonLook> {
  const plain = recordsDataset({});
  const records: Members[] = [];
  for (const path of paths) {
    if (records.length >= TELLING) break;
    for await (const { bytes, problem } of jsonRecords(path, plain)) {
      const found = problem === undefined ? objectOf(bytes) : undefined;
      if (found !== undefined) records.push(found);
      if (records.length >= TELLING) break;
    }
  }
  const envelope = envelopeOf(records);
  if (envelope !== undefined) return { isOneALine: false, envelope };
  for (const path of paths) if (!(await isOneALine(path, plain))) return { isOneALine: false };
  return { isOneALine: true };
}

function objectOf(bytes: Buffer): Members | undefined {
  try {
    const value = parseJson(bytes.toString('utf8'));
    return value instanceof Members ? value : undefined;
  } catch {
    return undefined;
  }
}

const isRecords = (value: JsonValue): boolean =>
  Array.isArray(value) && value.length > 0 && (value as readonly JsonValue[]).every((item) => item instanceof Members);

/** Objects that are about no time themselves, but hold one array of objects each, are envelopes of these. */
function envelopeOf(records: readonly Members[]): JsonLook['envelope'] {
  const names = new Set(
    records.flatMap(({ entries }) => entries.flatMap(([name, value]) => (isRecords(value) ? [name] : []))),
  );
  const [unwrap, ...others] = names;
  if (unwrap === undefined || others.length > 0) return undefined;
  const isEnvelope = records.every(({ entries }) =>
    entries.some(([name, value]) => name === unwrap && Array.isArray(value)),
  );
  const rest = records.flatMap(({ entries }) => entries.filter(([name]) => name !== unwrap));
  if (!isEnvelope || rest.some(([name, value]) => isTime(name, value))) return undefined;
  const carried = new Set(rest.flatMap(([name, value]) => (isScalar(value) ? [name] : [])));
  return { unwrap, carry: [...carried].slice(0, MAX_CARRIED) };
}

const isScalar = (value: JsonValue): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || value instanceof NumberText;

function isTime(name: string, value: JsonValue): boolean {
  if (typeof value === 'string') return timeGuesses(value).length > 0;
  if (!(value instanceof NumberText) || !saysTime(plainName(name))) return false;
  return epochUnit(Number(value.text), Number(value.text)) !== undefined;
}

/** As `input.json` has it. */
export const jsonSettings = ({ envelope }: JsonLook): JsonInputSettings | undefined =>
  envelope && { unwrap: envelope.unwrap, ...(envelope.carry.length === 0 ? {} : { carry: envelope.carry }) };
