import { columnsOf, definition } from '../helpers';
import { range, reports } from './reports';

const formatted = (pattern: string) => ({ name: 'at', type: 'timestamp', notNull: true, format: { pattern } });

reports('eventTime', [
  ['a missing one', { eventTime: undefined }, 'eventTime: is missing; write the name of a timestamp or date column'],
  ['an unknown column', { eventTime: 'att' }, "eventTime: there is no column 'att'; write 'at'"],
  [
    'a column of another type',
    { eventTime: 'id' },
    "eventTime: column 'id' has type 'string'; name a column of type 'timestamp' or 'date', or change the type of this one",
  ],
  [
    'a column that may be null',
    { columns: [{ name: 'at', type: 'date' }] },
    "eventTime: column 'at' may be null, but a row without an event time has no partition; add notNull: true to column 'at'",
  ],
  [
    'a date for hours',
    { columns: [{ name: 'at', type: 'date', notNull: true }], partition: { scheme: 'hour', ...range } },
    "eventTime: column 'at' is a date, which tells no hour; use a timestamp column, or scheme 'day'",
  ],
  [
    'a format without an hour, for hours',
    { columns: [formatted('%Y-%m-%d')], partition: { scheme: 'hour', ...range } },
    "eventTime: the format of column 'at' tells no hour; add the hour to its pattern, or use scheme 'day'",
  ],
  ['a format without an hour, for days', { columns: [formatted('%Y-%m-%d')] }],
  [
    'a format with an hour, for hours',
    { columns: [formatted('%Y-%m-%d %H')], partition: { scheme: 'hour', ...range } },
  ],
]);

reports('dedupeKey and sortBy', [
  [
    'lists that are no arrays',
    { dedupeKey: 'id', sortBy: 'at' },
    "dedupeKey: must be an array, but got 'id'; write an array of column names",
    "sortBy: must be an array, but got 'at'; write an array of column names",
  ],
  [
    'names that are no strings',
    { dedupeKey: [1] },
    'dedupeKey[0]: must be a string, but got 1; write the name of a column',
  ],
  [
    'unknown columns',
    { dedupeKey: ['idd'], sortBy: ['time_of_day'] },
    "dedupeKey[0]: there is no column 'idd'; write 'id'",
    "sortBy[0]: there is no column 'time_of_day'; write the name of one of the columns",
  ],
  [
    'a column twice',
    { dedupeKey: ['id', 'id'], sortBy: ['at', 'id', 'at'] },
    "dedupeKey[1]: column 'id' occurs twice; remove one of them",
    "sortBy[2]: column 'at' occurs twice; remove one of them",
  ],
  [
    'nested columns',
    {
      columns: [...definition().columns, { name: 'm', type: 'map<string,int>', notNull: true }],
      dedupeKey: ['m'],
      sortBy: ['m'],
    },
    "dedupeKey[0]: column 'm' has type 'map<string,int>'; name a column of a scalar type",
    "sortBy[0]: column 'm' has type 'map<string,int>'; name a column of a scalar type",
  ],
  [
    'a key that may be null',
    { columns: columnsOf('string'), dedupeKey: ['c0'], sortBy: ['c0'] },
    "dedupeKey[0]: column 'c0' may be null, but a row without a key cannot be told from another; add notNull: true to column 'c0'",
  ],
]);
