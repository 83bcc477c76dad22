/** A form of lines that servers and libraries log in. */
export interface LineForm {
  /** What writes such lines, in words. */
  readonly name: string;
  readonly pattern: string;
  readonly nulls?: readonly string[];
  /** What a line has that nothing else writes. Without such a line it is not the form; with one, no other is. */
  readonly sign?: RegExp;
}

/** Within quotes a backslash takes away the meaning of the character after it. */
const QUOTED = (name: string): string => `"(?<${name}>(?:[^"\\\\]|\\\\.)*)"`;
const MESSAGE = '(?<message>.*)$';
const REQUEST =
  '(?<remote_host>\\S+) (?<remote_logname>\\S+) (?<remote_user>\\S+) \\[(?<time>[^\\]]+)\\] ' +
  `${QUOTED('request')} (?<status>\\S+) (?<bytes_sent>\\S+)`;
/** What the own format of a server adds. */
const COMBINED = `${REQUEST} ${QUOTED('referer')} ${QUOTED('user_agent')}(?: (?<rest>.*))?$`;
/** `2026-06-15 10:00:00,123`, with or without fraction and zone. */
const STAMP = '(?<time>\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?(?:Z|[+\\-]\\d\\d:?\\d\\d)?)';
const LEVEL = '(?<level>[A-Za-z]+)';

/**
 * Known forms, the narrower one first. Of those with a preset, that is tried before.
 *
 * Common and combined: https://httpd.apache.org/docs/current/logs.html; syslog: https://www.rfc-editor.org/rfc/rfc5424#section-6,
 * and rsyslog's template RSYSLOG_FileFormat; HAProxy: https://docs.haproxy.org/3.0/configuration.html#8.2.3
 */
const FORMS: readonly LineForm[] = [
  {
    name: 'a web server in the combined format, after the virtual host',
    pattern: `^(?<virtual_host>\\S+) ${COMBINED}`,
    nulls: ['-'],
  },
  { name: 'a web server in the combined format, with fields of its own', pattern: `^${COMBINED}`, nulls: ['-'] },
  { name: 'a web server in the common format', pattern: `^${REQUEST}$`, nulls: ['-'] },
  {
    name: 'syslog as of RFC 5424',
    pattern:
      '^<(?<priority>\\d+)>(?<version>\\d+) (?<time>\\S+) (?<host>\\S+) (?<program>\\S+) (?<process_id>\\S+) (?<message_type>\\S+) ' +
      `(?<structured_data>-|(?:\\[(?:[^\\]"]|${'"(?:[^"\\\\]|\\\\.)*"'})*\\])+)(?: (?<message>.*))?$`,
    nulls: ['-'],
  },
  {
    name: 'HAProxy in its HTTP format',
    pattern:
      '^(?:<(?<priority>\\d+)>)?(?<logged_at>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d|\\d{4}-\\S+) (?<host>\\S+) haproxy\\[(?<process_id>\\d+)\\]: (?<client>\\S+) ' +
      '\\[(?<time>[^\\]]+)\\] (?<frontend>\\S+) (?<backend>\\S+) (?<timers>\\S+) (?<status>\\S+) (?<bytes_read>\\S+) ' +
      MESSAGE,
    nulls: ['-'],
  },
  {
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasksConsole.html: the time of the event, a blank, the message.
    name: 'Lambda in an export of CloudWatch Logs',
    pattern: `^(?<time>\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z) ${MESSAGE}`,
    sign: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:START|END|REPORT) RequestId: /,
  },
  {
    name: 'rsyslog with times in ISO 8601',
    pattern: `^(?<time>\\d{4}-\\d\\d-\\d\\dT\\S+) (?<host>\\S+) (?<program>[^:\\[ ]+)(?:\\[(?<process_id>[^\\]]*)\\])?: ${MESSAGE}`,
  },
  {
    name: 'auditd',
    pattern: `^(?:node=(?<node>\\S+) )?type=(?<type>\\S+) msg=audit\\((?<time>\\d+\\.\\d+):(?<serial>\\d+)\\): ${MESSAGE}`,
  },
  {
    name: 'Spring Boot',
    pattern: `^${STAMP} +${LEVEL} (?<process_id>\\d+) --- \\[(?<thread>[^\\]]*)\\] (?<logger>[^ :]+) *: ${MESSAGE}`,
  },
  {
    name: 'Log4j or Logback, the level before the thread',
    pattern: `^${STAMP} +${LEVEL} +\\[(?<thread>[^\\]]*)\\] +(?<logger>\\S+) +- ${MESSAGE}`,
  },
  {
    name: 'Log4j or Logback, the thread before the level',
    pattern: `^${STAMP} +\\[(?<thread>[^\\]]*)\\] +${LEVEL} +(?<logger>\\S+) +- ${MESSAGE}`,
  },
  {
    name: "Python's logging",
    pattern: `^${STAMP} - (?<logger>\\S+) - ${LEVEL} - ${MESSAGE}`,
  },
  {
    name: 'nginx in its error log',
    pattern: `^(?<time>\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d) \\[(?<level>[^\\]]+)\\] (?<process_id>\\d+)#(?<thread_id>\\d+): ${MESSAGE}`,
  },
  {
    name: 'Apache in its error log',
    pattern: `^\\[(?<time>[^\\]]+)\\] \\[(?<module>[^\\]]*)\\] \\[pid (?<process_id>\\d+)(?::tid (?<thread_id>\\d+))?\\] ${MESSAGE}`,
  },
  {
    name: 'PostgreSQL',
    pattern: `^(?<time>\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)? \\S+) \\[(?<process_id>\\d+)\\] (?<level>[A-Z0-9]+):  ${MESSAGE}`,
  },
];

export default FORMS;
