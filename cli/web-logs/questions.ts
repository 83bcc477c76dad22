import type { Dataset } from '../../lib/dataset';

/** Questions that only make sense of web logs, in the parts that `cli/query.ts` needs. */
export const WEB_LOG_QUESTIONS = {
  partition: {
    title: 'Traffic of one day by status',
    select: 'status, count(*) AS requests, sum(bytes) AS bytes',
    groupAndOrder: 'GROUP BY status ORDER BY status',
    columns: ['status', 'bytes'],
  },
  scan: {
    title: 'Most requested paths of all time',
    select: 'path, count(*) AS requests',
    groupAndOrder: 'GROUP BY path ORDER BY requests DESC, path LIMIT 10',
    columns: ['path'],
  },
  /** Columns of one row. */
  shown: ['event_time', 'client_ip', 'method', 'path', 'status'],
} as const;

/** The shipped dataset has questions of its own; a fork that changed its columns gets the general ones. */
export const hasWebLogQuestions = ({ name, columns }: Dataset): boolean =>
  name === 'access_logs' &&
  ['status', 'bytes', 'path', ...WEB_LOG_QUESTIONS.shown].every((wanted) =>
    columns.some((column) => column.name === wanted),
  );
