import type { DatasetDefinition } from '../dataset';
import { applyOptions, column, type PresetOptions, REQUEST_TIME } from './preset';

/** Within quotes a backslash takes away the meaning of the character after it. */
const QUOTED = (name: string): string => `"(?<${name}>(?:[^"\\\\]|\\\\.)*)"`;

/** What a server adds at the end is `rest`. Names of users may hold blanks. */
const PATTERN =
  '^(?<remote_host>\\S+) (?<remote_logname>\\S+) (?<remote_user>[^[]+) \\[(?<time>[^\\]]+)\\] ' +
  `${QUOTED('request')} (?<status>\\S+) (?<bytes_sent>\\S+) ${QUOTED('referer')} ${QUOTED('user_agent')}(?: (?<rest>.*))?$`;

const combined = (name: string, server: string, options: PresetOptions): DatasetDefinition =>
  applyOptions(
    {
      name,
      description: `Requests to ${server}, as its access log has them.`,
      columns: [
        REQUEST_TIME,
        column('remote_host', 'string', 'Address or name of the client'),
        column('remote_logname', 'string', 'Name by identd, mostly null'),
        column('remote_user', 'string', 'Who signed in'),
        column('request', 'string', 'Request line, with escapes as the server writes them'),
        column('status', 'int', 'Status of the answer'),
        column('bytes_sent', 'bigint', 'Bytes of the answer without its headers'),
        column('referer', 'string', 'Referer of the request'),
        column('user_agent', 'string', 'User-Agent of the request'),
        column('rest', 'string', 'Fields that the server adds at the end of the line'),
      ],
      eventTime: 'event_time',
      input: { formats: ['lines'], lines: { pattern: PATTERN, nulls: ['-'] }, layout: '{yyyy}/{MM}/{dd}/' },
    },
    options,
  );

/**
 * Access logs of Apache in the combined format.
 *
 * https://httpd.apache.org/docs/current/logs.html#combined
 */
export const apacheCombined = (options: PresetOptions = {}): DatasetDefinition => combined('apache', 'Apache', options);

/**
 * Access logs of nginx in its predefined format `combined`.
 *
 * https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format
 */
export const nginxCombined = (options: PresetOptions = {}): DatasetDefinition => combined('nginx', 'nginx', options);
