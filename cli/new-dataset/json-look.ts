import type { Dataset } from '../../lib/dataset';
import type { JsonInputSettings } from '../../lib/dataset/json-input';
import { isOneALine, jsonRecords } from '../input/records';
import { areChanges } from './debezium';
import { type Envelope, envelopeOf } from './json-envelope';
import { Members, parseJson } from './json-value';

/** How the records of JSON files stand in them. */
export interface JsonLook {
  /** Whether each line is one record, and each record one line. */
  readonly isOneALine: boolean;
  /** Where the records are within envelopes. */
  readonly envelope?: Envelope | undefined;
  /** Whether they are change events of Debezium. @default false */
  readonly isDebezium?: boolean;
}

/** Records that are looked at for envelopes. */
const TELLING = 100;

/** What reading records needs to know of a dataset. */
export function recordsDataset({ envelope }: Pick<JsonLook, 'envelope'>): Dataset {
  const json = envelope;
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
  const isDebezium = areChanges(records);
  const envelope = isDebezium ? undefined : envelopeOf(records);
  if (envelope !== undefined) return { isOneALine: false, envelope };
  for (const path of paths) if (!(await isOneALine(path, plain))) return { isOneALine: false, isDebezium };
  return { isOneALine: true, isDebezium };
}

function objectOf(bytes: Buffer): Members | undefined {
  try {
    const value = parseJson(bytes.toString('utf8'));
    return value instanceof Members ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As `input.json` has it. */
export const jsonSettings = ({ envelope }: JsonLook): JsonInputSettings | undefined =>
  envelope && {
    unwrap: settingOf(envelope.unwrap),
    ...(envelope.carry.length === 0 ? {} : { carry: envelope.carry.map(settingOf) }),
  };

function settingOf(path: readonly string[]): string | { readonly path: readonly string[] } {
  const [only, ...more] = path;
  return only !== undefined && more.length === 0 ? only : { path };
}

/** What is not sure about the records. */
export function jsonDoubts({ envelope }: JsonLook): readonly string[] {
  if (envelope === undefined) return [];
  const { unwrap, carry } = envelope;
  return [
    `the rows are those in ${unwrap.join('.')}${carry.length === 0 ? '' : `, and ${carry.map((path) => path.join('.')).join(', ')} of the envelope ${carry.length === 1 ? 'goes' : 'go'} with each`}`,
  ];
}
