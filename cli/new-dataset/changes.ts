import type { DedupeDefinition } from '../../lib/dataset';
import type { ResolvedColumn } from './columns';
import { CHANGE_TIME } from './debezium';
import { idRank, NO_ID_RANK } from './keys';
import { plainName } from './names';

/** What tells that rows are changes of a table, by the names of columns in the input. */
export interface Changes {
  /** Columns that identify a row of the table. */
  readonly key: readonly string[];
  /** Columns that say which change is later. */
  readonly by: readonly string[];
  /** What marks a deletion: a boolean column, or a column and its values. */
  readonly deleted?: string | { readonly column: string; readonly values: readonly (string | number)[] };
  /** What is not sure about it. */
  readonly doubts: readonly string[];
}

const OPERATION = /^(?:op|operation|cdc_op|cdc_operation|header_change_oper|change_type|row_kind|dml_type|_op)$/;
const LETTERS = /^[IUDR]$|^[crudt]$/;
const WORDS = /^(?:i|u|d|c|r|insert|update|upsert|delete|create|read|update_(?:pre|post)image|before|after)$/i;
const DELETION = /^(?:d|delete|deleted)$/i;
const DELETED = /^(?:is_deleted|deleted|_deleted|fivetran_deleted|is_delete|delete_flag|deleted_flag)$/;
const LATER_TIME =
  /(?:updated|modified|changed|committed|commit_time|change_time|source_ts|transact|ts_ms|timestamp$|synced)/;
const SEQUENCE = /(?:^|_)(?:lsn|scn|seq|sequence|seqno|version|revision|log_pos|pos|offset|change_seq)(?:_|$)/;

/** Names of tools begin with underscores. */
const bare = (source: string): string => plainName(source).replace(/^_+/, '');

/**
 * Changes of a table, as DMS, Debezium and others deliver them: rows with an operation or a mark of deletion.
 *
 * @param time column of the event time
 */
export function findChanges(columns: readonly ResolvedColumn[], time: string): Changes | undefined {
  const operation = columns.find(isOperation);
  const mark = columns.find(isMark);
  const deleted = mark ?? operation;
  if (deleted === undefined) return undefined;
  const others = columns.filter((column) => column !== operation && column !== mark && isSimple(column));
  const order = orderOf(others, time);
  // DMS has the operation first. What else is called so may be what somebody did: rows of a log, none of which may go.
  const isOfTool = mark !== undefined || columns[0] === operation || /^_|__|cdc/i.test(deleted.source);
  if (!isOfTool && order.every((source) => source === time)) return undefined;
  const rest = others.filter(({ source }) => source !== time && !order.includes(source));
  const key = keyOf(rest, columns[0] === operation);
  if (key === undefined || order.length === 0) return undefined;
  return {
    key: [key],
    by: order,
    deleted: deletionOf(deleted),
    doubts: [
      `${JSON.stringify(deleted.source)} tells that rows are changes: of those with one key the latest stays, and a deletion removes the key`,
      `the key ${JSON.stringify(key)} is a guess: name the primary key of the table`,
      `the latest is that with the largest ${order.join(', then ')}: name what orders all changes of a row`,
      'rows count as one within a partition: let eventTime be a time that a change leaves as it is',
    ],
  };
}

/** Those of Debezium, whose preset knows all about them but the key. */
export function debeziumChanges(columns: readonly ResolvedColumn[], time: string): Changes | undefined {
  const rest = columns.filter((column) => isSimple(column) && column.source !== time);
  const key = keyOf(rest, true);
  if (key === undefined) return undefined;
  return {
    key: [key],
    by: [CHANGE_TIME],
    doubts: [
      `the key ${JSON.stringify(key)} is a guess: name the primary key of the table`,
      time === CHANGE_TIME
        ? 'rows have no time of their own, so that they are placed by that of the change: a key has one row for each day of changes'
        : 'rows count as one within a partition: let eventTime be a time that a change leaves as it is',
    ],
  };
}

/** A table whose rows come again when they change: one key, and a time of the change beside that of the row. */
export function findUpdates(
  columns: readonly ResolvedColumn[],
  repeated: readonly string[],
  time: string,
): Changes | undefined {
  const [key] = repeated;
  const order = columns.find(
    (column) =>
      isSimple(column) &&
      column.source !== time &&
      column.resolved.times !== undefined &&
      /(?:updated|modified|changed)/.test(bare(column.source)),
  );
  if (key === undefined || order === undefined || order.source === key) return undefined;
  return {
    key: [key],
    by: [order.source],
    doubts: [
      `rows with one ${JSON.stringify(key)} differ: they are taken for versions, of which the one with the largest ${order.source} stays`,
      'rows count as one within a partition: let eventTime be a time that a change leaves as it is',
    ],
  };
}

/** A complete column of its own, without parts. */
const isSimple = ({ resolved, isComplete, join, path }: ResolvedColumn): boolean =>
  resolved.node.kind === 'scalar' &&
  resolved.node.format !== 'json' &&
  isComplete &&
  join === undefined &&
  path === undefined;

/** Few letters are operations; words are, where the name is one that tools give. */
function isOperation({ source, shape, resolved }: ResolvedColumn): boolean {
  if (resolved.node.kind !== 'scalar' || resolved.node.type !== 'string' || shape.values === 0) return false;
  const values = [...shape.examples];
  if (!OPERATION.test(bare(source))) return false;
  return (
    values.every((text) => LETTERS.test(text)) || (/^_|__/.test(source) && values.every((text) => WORDS.test(text)))
  );
}

function isMark({ source, shape, resolved }: ResolvedColumn): boolean {
  if (!DELETED.test(bare(source)) || resolved.node.kind !== 'scalar' || shape.values === 0) return false;
  const { type } = resolved.node;
  if (type === 'boolean') return true;
  const values = [...shape.examples];
  if (type === 'int') return shape.numbers.least >= 0 && shape.numbers.largest <= 1;
  return type === 'string' && values.every((text) => /^(?:true|false|[yn]|yes|no|[01])$/i.test(text));
}

function deletionOf({ source, shape, resolved }: ResolvedColumn): NonNullable<Changes['deleted']> {
  const type = resolved.node.kind === 'scalar' ? resolved.node.type : '';
  if (type === 'boolean') return source;
  if (type === 'int') return { column: source, values: [1] };
  const values = [...shape.examples];
  const seen = values.filter((text) => DELETION.test(text) || /^(?:true|y|yes|1)$/i.test(text));
  if (seen.length > 0) return { column: source, values: seen };
  const [some = ''] = values;
  if (/^(?:false|n|no|0)$/i.test(some)) {
    const opposite: Readonly<Record<string, string>> = { false: 'true', n: 'y', no: 'yes', 0: '1' };
    const text = opposite[some.toLowerCase()] ?? 'true';
    return { column: source, values: [some === some.toUpperCase() ? text.toUpperCase() : text] };
  }
  if (some.length === 1) return { column: source, values: [some === some.toUpperCase() ? 'D' : 'd'] };
  return { column: source, values: [some === some.toUpperCase() ? 'DELETE' : 'delete'] };
}

/** What says which change is later: a time of the change, then a place in a log; at least the event time. */
function orderOf(columns: readonly ResolvedColumn[], time: string): readonly string[] {
  const first =
    columns.find(({ source, resolved }) => resolved.times !== undefined && LATER_TIME.test(bare(source))) ??
    columns.find(({ source }) => source === time);
  const places = columns.filter(
    ({ source, resolved, shape }) =>
      resolved.times === undefined &&
      ((SEQUENCE.test(bare(source)) && shape.numbers.count === shape.values) || isChangeSequence(shape)),
  );
  return [...(first === undefined ? [] : [first.source]), ...places.map(({ source }) => source)];
}

/** What DMS numbers changes by, whatever the column is called: 35 digits, and 0 in the full load. */
const isChangeSequence = ({ examples }: ResolvedColumn['shape']): boolean =>
  examples.size > 0 &&
  [...examples].every((text) => /^(?:\d{35}|0)$/.test(text)) &&
  [...examples].some((text) => text !== '0');

/** The likeliest id; else, where the rows are those of a table for sure, the first column that may be one. */
function keyOf(columns: readonly ResolvedColumn[], isTable: boolean): string | undefined {
  const keys = columns.filter(
    ({ source, resolved }) =>
      resolved.node.kind === 'scalar' &&
      resolved.times === undefined &&
      /^(?:string|int|bigint|smallint|decimal)/.test(resolved.node.type) &&
      !source.startsWith('_'),
  );
  const ranked = keys.map((column) => ({ column, rank: idRank(plainName(column.source)) }));
  const best = ranked.filter(({ rank }) => rank < NO_ID_RANK).sort((a, b) => a.rank - b.rank)[0];
  return (best ?? (isTable ? ranked[0] : undefined))?.column.source;
}

/** The same, by the names of the columns. */
export function dedupeOf({ key, by, deleted }: Changes, nameOf: (source: string) => string): DedupeDefinition {
  return {
    key: key.map(nameOf),
    keep: 'latest',
    by: by.map(nameOf),
    ...(deleted === undefined
      ? {}
      : {
          deleted:
            typeof deleted === 'string' ? nameOf(deleted) : { column: nameOf(deleted.column), values: deleted.values },
        }),
  };
}
