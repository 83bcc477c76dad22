/** Records of JSON as producers deliver them, and what becomes of them. */
import type { JsonInput } from '../../lib/dataset/json-input';
import { NdjsonValidator, type Rejection } from '../../lib/rows';
import { dataset } from '../dataset/helpers';
import { columnsOf, cut, feed, waysToCut } from './helpers';

export const columns = columnsOf({ id: 'int!', v: 'string', list: 'array<int>', owner: 'string', region: 'string' });
/** A column of every record. */
export const AT = { name: 'at', type: 'timestamp', notNull: true };
/** Columns of which members of an envelope may be some. */
export const plain = dataset({
  columns: [
    AT,
    { name: 'id', type: 'int', notNull: true },
    { name: 'owner', type: 'string' },
    { name: 'seen', type: 'timestamp' },
    { name: 'v', type: 'string' },
  ],
}).columns;

export const RECORDS: JsonInput = { unwrap: ['Records'], carry: [] };
export const OWNED: JsonInput = { unwrap: ['Records'], carry: [['owner'], ['at', 'region']] };

export interface Piece extends Omit<Rejection, 'raw'> {
  readonly raw: string;
}

export function check(text: string | Buffer, json?: JsonInput, cuts: readonly number[] = []) {
  const rejected: Piece[] = [];
  const validator = new NdjsonValidator({ columns, input: json && { json } }, ({ raw, ...piece }) => {
    rejected.push({ ...piece, raw: raw.toString('latin1') });
  });
  const output = feed(validator, cut(Buffer.from(text), cuts));
  const lines = output.toString().split('\n').slice(0, -1);
  expect([validator.accepted, validator.rejected]).toEqual([lines.length, rejected.length]);
  const { unknownFields } = validator;
  return { rows: lines.map((line) => JSON.parse(line) as unknown), lines, rejected, unknownFields };
}

/** The same for each way to cut the text. */
export const checkInPieces = (text: string, json?: JsonInput) => {
  const bytes = Buffer.from(text);
  return waysToCut(bytes).map((cuts) => check(bytes, json, cuts));
};

/** A rejection as a row of a table. */
export const told = ({ line, record, offset, reason, raw }: Piece) => [line, record, offset, reason, raw];

export const rows = [
  { id: 1, v: 'a', list: [1, 2] },
  { id: 2, v: '}{"[],\\ "', list: [] },
  { id: 3, v: 'é漢\u{1f600}' },
];
export const texts = rows.map((row) => JSON.stringify(row));
export const pretty = (value: unknown, indent: number | string): string => JSON.stringify(value, null, indent);
