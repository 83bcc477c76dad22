/** Delimited text and lines as services and tools write them, each with a dataset that reads them and the rows that it gives. */
import type { DatasetDefinition } from '../../lib/dataset';

export interface TextSample {
  readonly definition: DatasetDefinition;
  readonly text: string;
  /** Under the names of the columns; those that are null are left out. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Lines that are not rows, with what the reason holds. */
  readonly rejected?: readonly (readonly [line: number, reason: string])[];
}

const partition = { scheme: 'day', from: '2024-01-01', to: '2027-12-31' } as const;

const strings = (...names: string[]) => names.map((name) => ({ name, type: 'string' }));

function sample(
  definition: Pick<DatasetDefinition, 'name' | 'columns' | 'eventTime' | 'input'> & Partial<DatasetDefinition>,
  lines: readonly string[],
  rows: TextSample['rows'],
  rejected: TextSample['rejected'] = [],
): TextSample {
  const whole: DatasetDefinition = { description: 'Text as it is delivered.', partition, ...definition };
  return { definition: whole, text: `${lines.join('\n')}\n`, rows, rejected };
}

const ALB_FIELDS = [
  ...['type', 'at', 'elb', 'client', 'target', 'request_processing_time', 'target_processing_time'],
  ...['response_processing_time', 'elb_status_code', 'target_status_code', 'received_bytes', 'sent_bytes', 'request'],
  ...['user_agent', 'ssl_cipher', 'ssl_protocol', 'target_group_arn', 'trace_id', 'domain_name', 'chosen_cert_arn'],
  ...['matched_rule_priority', 'request_creation_time', 'actions_executed', 'redirect_url', 'error_reason'],
  ...['target_list', 'target_status_code_list', 'classification', 'classification_reason'],
];
const ALB_TYPES: Readonly<Record<string, string>> = {
  ...{ at: 'timestamp', request_creation_time: 'timestamp', elb_status_code: 'int', target_status_code: 'int' },
  ...{ request_processing_time: 'double', target_processing_time: 'double', response_processing_time: 'double' },
  ...{ received_bytes: 'bigint', sent_bytes: 'bigint', matched_rule_priority: 'int' },
};

export const ALB = sample(
  {
    name: 'alb',
    columns: ALB_FIELDS.map((name) => ({ name, type: ALB_TYPES[name] ?? 'string', notNull: name === 'at' })),
    eventTime: 'at',
    input: {
      formats: ['csv'],
      csv: {
        delimiter: ' ',
        header: false,
        nulls: ['-', '"-"'],
        escape: 'backslash',
        extraFields: 'ignore',
        missingFields: 'null',
      },
    },
  },
  [
    'https 2026-06-15T10:00:00.186641Z app/web/50dc6c495c0c9188 192.0.2.10:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "agent \\"x\\" y" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/t/1 "Root=1-1" "www.example.com" "-" 1 2026-06-15T10:00:00.090000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"',
    // A field more, as the service adds them.
    'http 2026-06-15T10:00:01.000000Z app/web/50dc6c495c0c9188 192.0.2.11:2818 - -1 -1 -1 503 - 0 57 "GET http://www.example.com:80/%22q%22 HTTP/1.1" "-" - - - "Root=1-2" "-" "-" 0 2026-06-15T10:00:01.000000Z "fixed-response" "-" "-" "-" "-" "-" "-" TID_1',
    // An older line, of 17 fields.
    'h2 2026-06-15T10:00:02.000000Z app/web/50dc6c495c0c9188 [2001:db8::1]:1 - -1 -1 -1 503 - 0 57 "- http://x:80- -" "-" - - -',
  ],
  [
    {
      ...{ type: 'https', at: '2026-06-15T10:00:00.186Z', elb: 'app/web/50dc6c495c0c9188', client: '192.0.2.10:2817' },
      ...{ target: '10.0.0.1:80', request_processing_time: 0.086, target_processing_time: 0.048 },
      ...{ response_processing_time: 0.037, elb_status_code: 200, target_status_code: 200, received_bytes: 0 },
      ...{ sent_bytes: 57, request: 'GET https://www.example.com:443/ HTTP/1.1', user_agent: 'agent "x" y' },
      ...{ ssl_cipher: 'ECDHE-RSA-AES128-GCM-SHA256', ssl_protocol: 'TLSv1.2', trace_id: 'Root=1-1' },
      target_group_arn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/t/1',
      ...{ domain_name: 'www.example.com', matched_rule_priority: 1, actions_executed: 'forward' },
      ...{ request_creation_time: '2026-06-15T10:00:00.090Z', target_list: '10.0.0.1:80' },
      target_status_code_list: '200',
    },
    {
      ...{ type: 'http', at: '2026-06-15T10:00:01.000Z', elb: 'app/web/50dc6c495c0c9188', client: '192.0.2.11:2818' },
      ...{ request_processing_time: -1, target_processing_time: -1, response_processing_time: -1 },
      ...{ elb_status_code: 503, received_bytes: 0, sent_bytes: 57, trace_id: 'Root=1-2', matched_rule_priority: 0 },
      request: 'GET http://www.example.com:80/%22q%22 HTTP/1.1',
      ...{ request_creation_time: '2026-06-15T10:00:01.000Z', actions_executed: 'fixed-response' },
    },
    {
      ...{ type: 'h2', at: '2026-06-15T10:00:02.000Z', elb: 'app/web/50dc6c495c0c9188', client: '[2001:db8::1]:1' },
      ...{ request_processing_time: -1, target_processing_time: -1, response_processing_time: -1 },
      ...{ elb_status_code: 503, received_bytes: 0, sent_bytes: 57, request: '- http://x:80- -' },
    },
  ],
);

const VPC_FLOW = sample(
  {
    name: 'vpc_flow',
    columns: [
      { name: 'version', type: 'int' },
      { name: 'account_id', type: 'string' },
      { name: 'interface_id', type: 'string' },
      ...strings('srcaddr', 'dstaddr'),
      ...['srcport', 'dstport', 'protocol'].map((name) => ({ name, type: 'int' })),
      ...['packets', 'bytes'].map((name) => ({ name, type: 'bigint' })),
      { name: 'starts', type: 'timestamp', notNull: true, from: 'start', format: { epoch: 's' } },
      { name: 'ends', type: 'timestamp', from: 'end', format: { epoch: 's' } },
      ...strings('action', 'log_status'),
    ],
    columnNames: 'snake',
    eventTime: 'starts',
    input: { formats: ['csv'], csv: { delimiter: ' ', nulls: ['-'], quote: false } },
  },
  [
    'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
    '2 111122223333 eni-1 10.0.0.1 10.0.0.2 443 5000 6 20 4249 1781517600 1781517660 ACCEPT OK',
    '2 111122223333 eni-1 - - - - - - - 1781517660 1781517720 - NODATA',
    '2 111122223333 eni-1 2001:db8::1 2001:db8::2 443 5000 6 20 4249 soon 1781517660 ACCEPT OK',
  ],
  [
    {
      ...{ version: 2, account_id: '111122223333', interface_id: 'eni-1', srcaddr: '10.0.0.1', dstaddr: '10.0.0.2' },
      ...{ srcport: 443, dstport: 5000, protocol: 6, packets: 20, bytes: 4249, starts: '2026-06-15T10:00:00.000' },
      ...{ ends: '2026-06-15T10:01:00.000', action: 'ACCEPT', log_status: 'OK' },
    },
    {
      ...{ version: 2, account_id: '111122223333', interface_id: 'eni-1', starts: '2026-06-15T10:01:00.000' },
      ...{ ends: '2026-06-15T10:02:00.000', log_status: 'NODATA' },
    },
  ],
  [[4, 'starts: expected a timestamp (epoch in s']],
);

export const CLOUDFRONT = sample(
  {
    name: 'cloudfront',
    columns: [
      { name: 'at', type: 'timestamp', notNull: true, from: { join: ['date', 'time'] } },
      { name: 'edge', type: 'string', from: 'x-edge-location' },
      { name: 'sent', type: 'bigint', from: 'sc-bytes' },
      { name: 'client', type: 'string', from: 'c-ip' },
    ],
    eventTime: 'at',
    input: { formats: ['csv'], csv: { delimiter: '\t', header: '#Fields:', quote: false, nulls: ['-'] } },
  },
  [
    '#Version: 1.0',
    '#Fields: date time x-edge-location sc-bytes c-ip',
    '2026-06-15\t10:00:00\tFRA2\t1045619\t192.0.2.100',
    '2026-06-15\t10:00:01\tFRA2\t-\t192.0.2.101',
    '-\t10:00:01\tFRA2\t-\t192.0.2.101',
  ],
  [
    { at: '2026-06-15T10:00:00', edge: 'FRA2', sent: 1045619, client: '192.0.2.100' },
    { at: '2026-06-15T10:00:01', edge: 'FRA2', client: '192.0.2.101' },
  ],
  [[5, 'at: null in a column that must have a value']],
);

const IIS = sample(
  {
    name: 'iis',
    columns: [
      { name: 'at', type: 'timestamp', notNull: true, from: { join: ['date', 'time'] } },
      { name: 'method', type: 'string', from: 'cs-method' },
      { name: 'agent', type: 'string', from: 'cs(User-Agent)' },
      { name: 'status', type: 'int', from: 'sc-status' },
    ],
    eventTime: 'at',
    input: { formats: ['csv'], csv: { delimiter: ' ', header: '#Fields:', quote: false, nulls: ['-'] } },
  },
  [
    '#Software: Microsoft Internet Information Services 10.0',
    '#Fields: date time cs-method cs(User-Agent) sc-status',
    '2026-06-15 10:00:00 GET Mozilla/5.0+(X11) 200',
    '#Software: Microsoft Internet Information Services 10.0',
    '#Date: 2026-06-15 11:00:00',
    '#Fields: date time sc-status cs-method time-taken',
    '2026-06-15 11:00:00 404 POST 15',
    '#Fields: date cs-method',
    '2026-06-15 GET',
  ],
  [
    { at: '2026-06-15T10:00:00', method: 'GET', agent: 'Mozilla/5.0+(X11)', status: 200 },
    { at: '2026-06-15T11:00:00', method: 'POST', status: 404 },
  ],
  [[9, ' lacks columns that must have values: at']],
);

export const DMS = sample(
  {
    name: 'dms',
    columns: [
      { name: 'op', type: 'string', notNull: true },
      { name: 'id', type: 'bigint', notNull: true },
      { name: 'customer', type: 'string' },
      { name: 'updated_at', type: 'timestamp', notNull: true },
    ],
    eventTime: 'updated_at',
    input: { formats: ['csv'], csv: { header: false } },
  },
  [
    'I,101,"Smith, Bob",2026-06-15 10:00:00.000000',
    'U,101,Smith Bob,2026-06-15 10:05:00.000000',
    'D,102,Jones,2026-06-15 10:06:00.000000',
    'I,103,Jones',
  ],
  [
    { op: 'I', id: 101, customer: 'Smith, Bob', updated_at: '2026-06-15T10:00:00.000' },
    { op: 'U', id: 101, customer: 'Smith Bob', updated_at: '2026-06-15T10:05:00.000' },
    { op: 'D', id: 102, customer: 'Jones', updated_at: '2026-06-15T10:06:00.000' },
  ],
  [[4, 'expected 4 fields as declared, found 3']],
);

const QUOTED = '[^"\\\\]*(?:\\\\.[^"\\\\]*)*';

export const COMBINED = sample(
  {
    name: 'combined',
    columns: [
      ...strings('client', 'auth_user', 'request'),
      { name: 'at', type: 'timestamp', notNull: true, format: { pattern: '%d/%b/%Y:%H:%M:%S %z' } },
      { name: 'status', type: 'int' },
      { name: 'sent', type: 'bigint' },
      ...strings('referrer', 'agent'),
    ],
    eventTime: 'at',
    input: {
      formats: ['lines'],
      lines: {
        pattern: `^(?<client>\\S+) \\S+ (?<auth_user>\\S+) \\[(?<at>[^\\]]+)\\] "(?<request>${QUOTED})" (?<status>\\d{3}) (?<sent>\\S+)(?: "(?<referrer>${QUOTED})" "(?<agent>${QUOTED})")?$`,
        nulls: ['-'],
      },
    },
  },
  [
    '2001:db8::1 - frank [15/Jun/2026:10:00:00 +0200] "GET /a\\"b HTTP/1.1" 200 2326 "http://x/" "agent \\"x\\" é"',
    '192.0.2.1 - - [15/Jun/2026:10:00:01 +0000] "-" 408 - "-" "-"',
    '192.0.2.1 - - [15/Jun/2026:10:00:02 +0000] "GET / HTTP/1.0" 200 12',
    '192.0.2.1 - - [15/Jun/2026:10:00:02 +0000] "GET / HTTP/1.0" 2x0 12',
    '192.0.2.1 - -',
  ],
  [
    {
      ...{ client: '2001:db8::1', auth_user: 'frank', at: '2026-06-15T08:00:00.000', status: 200, sent: 2326 },
      ...{ request: 'GET /a\\"b HTTP/1.1', referrer: 'http://x/', agent: 'agent \\"x\\" é' },
    },
    { client: '192.0.2.1', at: '2026-06-15T10:00:01.000', status: 408 },
    { client: '192.0.2.1', at: '2026-06-15T10:00:02.000', request: 'GET / HTTP/1.0', status: 200, sent: 12 },
  ],
  [
    [4, 'it stops at byte 62, before "x0 12", where the pattern goes on with \\d{3}'],
    [5, 'the line ends where the pattern goes on with'],
  ],
);

export const SYSLOG = sample(
  {
    name: 'syslog',
    columns: [
      { name: 'priority', type: 'smallint' },
      { name: 'at', type: 'timestamp', notNull: true },
      ...strings('host', 'app', 'procid', 'msgid', 'structured', 'message'),
    ],
    eventTime: 'at',
    input: {
      formats: ['lines'],
      lines: {
        pattern:
          '^<(?<priority>\\d{1,3})>\\d{1,2} (?<at>\\S+) (?<host>\\S+) (?<app>\\S+) (?<procid>\\S+) (?<msgid>\\S+) (?<structured>-|(?:\\[[^\\]"]*(?:"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"[^\\]"]*)*\\])+)(?: (?<message>.*))?$',
        nulls: ['-'],
      },
    },
  },
  [
    '<165>1 2026-06-15T10:00:00.003Z web-1 evntslog - ID47 [x@1 a="1\\"]" b="2"][y@2] An event: "é"',
    '<34>1 2026-06-15T12:00:00+02:00 web-1 su 77 - - ',
    '<34>1 2026-06-15T10:00:00Z web-1 su 77 - -',
  ],
  [
    {
      ...{ priority: 165, at: '2026-06-15T10:00:00.003Z', host: 'web-1', app: 'evntslog', msgid: 'ID47' },
      ...{ structured: '[x@1 a="1\\"]" b="2"][y@2]', message: 'An event: "é"' },
    },
    { priority: 34, at: '2026-06-15T10:00:00.000', host: 'web-1', app: 'su', procid: '77' },
    { priority: 34, at: '2026-06-15T10:00:00Z', host: 'web-1', app: 'su', procid: '77' },
  ],
);

const S3_ACCESS = sample(
  {
    name: 's3_access',
    columns: [
      ...strings('owner', 'bucket'),
      { name: 'at', type: 'timestamp', notNull: true, format: { pattern: '%d/%b/%Y:%H:%M:%S %z' } },
      ...strings('remote_ip', 'requester', 'request_id', 'operation', 'object_key', 'request_uri'),
      { name: 'http_status', type: 'int' },
      ...strings('error_code'),
      { name: 'bytes_sent', type: 'bigint' },
      ...strings('referrer', 'agent', 'version_id'),
    ],
    eventTime: 'at',
    input: {
      formats: ['lines'],
      lines: {
        pattern:
          '^(?<owner>\\S+) (?<bucket>\\S+) \\[(?<at>[^\\]]+)\\] (?<remote_ip>\\S+) (?<requester>\\S+) (?<request_id>\\S+) (?<operation>\\S+) (?<object_key>\\S+) (?:"(?<request_uri>[^"]*)"|-) (?<http_status>\\S+) (?<error_code>\\S+) (?<bytes_sent>\\S+) \\S+ \\S+ \\S+ (?:"(?<referrer>[^"]*)"|-) (?:"(?<agent>[^"]*)"|-) (?<version_id>\\S+)(?: .*)?$',
        nulls: ['-'],
      },
    },
  },
  [
    `79a5 logs [15/Jun/2026:10:00:00 +0000] 192.0.2.3 79a5 3E57 REST.GET.OBJECT ${'photos%2F'.repeat(100)}x.jpg "GET /logs/x.jpg HTTP/1.1" 200 - 113 120 7 3 "-" "-" - s9lz SigV4 TLSv1.2 - - - a new one`,
    '79a5 logs [15/Jun/2026:10:00:01 +0000] - - 3E58 S3.EXPIRE.OBJECT a.txt - - - - - - - - - -',
  ],
  [
    {
      ...{ owner: '79a5', bucket: 'logs', at: '2026-06-15T10:00:00.000', remote_ip: '192.0.2.3', requester: '79a5' },
      ...{ request_id: '3E57', operation: 'REST.GET.OBJECT', object_key: `${'photos%2F'.repeat(100)}x.jpg` },
      ...{ request_uri: 'GET /logs/x.jpg HTTP/1.1', http_status: 200, bytes_sent: 113 },
    },
    {
      ...{ owner: '79a5', bucket: 'logs', at: '2026-06-15T10:00:01.000', request_id: '3E58' },
      ...{ operation: 'S3.EXPIRE.OBJECT', object_key: 'a.txt' },
    },
  ],
);

export const EUROPEAN = sample(
  {
    name: 'european',
    columns: [
      { name: 'rechnung', type: 'bigint', notNull: true, from: 'Rechnung Nr.' },
      { name: 'am', type: 'timestamp', notNull: true, from: 'Datum', format: { pattern: '%d.%m.%Y %H:%M' } },
      { name: 'betrag', type: 'decimal(12,2)', from: 'Betrag (€)' },
      { name: 'menge', type: 'int', from: 'Menge' },
      { name: 'satz', type: 'double', from: 'Satz' },
      { name: 'notiz', type: 'string', from: 'Notiz' },
    ],
    eventTime: 'am',
    input: { formats: ['csv'], csv: { delimiter: ';', decimal: ',', thousands: '.' } },
  },
  [
    '\ufeffRechnung Nr.;Datum;Betrag (€);Menge;Satz;Notiz',
    '1;15.06.2026 10:00;1.234,50;12.000;0,19;"a;b ""c"""',
    '2;15.06.2026 10:01;-1.234.567,05;7;1,5E3;',
    '3;15.06.2026 10:02;1234,5;1000;2;x',
    '4;15.06.2026 10:03;12.34,5;1;2;x',
    '5;15.06.2026 10:03;1.5;1;2;x',
    '6;15.06.2026 10:03;1;1;1.5;x',
  ],
  [
    { rechnung: 1, am: '2026-06-15T10:00:00.000', betrag: '1234.50', menge: 12000, satz: 0.19, notiz: 'a;b "c"' },
    { rechnung: 2, am: '2026-06-15T10:01:00.000', betrag: '-1234567.05', menge: 7, satz: 1500 },
    { rechnung: 3, am: '2026-06-15T10:02:00.000', betrag: '1234.5', menge: 1000, satz: 2, notiz: 'x' },
  ],
  [
    [5, 'betrag: expected a number as 1.234,5, found "12.34,5"'],
    [6, 'betrag: expected a number as 1.234,5, found "1.5"'],
    [7, 'satz: expected a double, found the string "1.5"'],
  ],
);

const PEOPLE = [
  { name: 'id', type: 'int', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'note', type: 'string' },
] as const;

export const PG_COPY = sample(
  {
    name: 'pg_copy',
    columns: PEOPLE,
    eventTime: 'at',
    input: {
      formats: ['csv'],
      csv: { delimiter: '\t', header: false, quote: false, escape: 'backslash', nulls: ['\\N'], empty: 'string' },
    },
  },
  [
    '1\t2026-06-15 10:00:00.5\ta\\tb\\\\c\\nd "e"',
    '2\t2026-06-15 10:00:01+02\t\\N',
    '3\t2026-06-15 10:00:02\t',
    '4\t2026-06-15 10:00:03\t\\x41\\\tx',
    '5\t2026-06-15 10:00:04+2\t\\N',
  ],
  [
    { id: 1, at: '2026-06-15T10:00:00.5', note: 'a\tb\\c\nd "e"' },
    { id: 2, at: '2026-06-15T08:00:01.000' },
    { id: 3, at: '2026-06-15T10:00:02', note: '' },
    { id: 4, at: '2026-06-15T10:00:03', note: 'A\tx' },
  ],
  [[5, 'at: expected a timestamp']],
);

const MYSQL_OUTFILE = sample(
  {
    name: 'mysql_outfile',
    columns: PEOPLE,
    eventTime: 'at',
    input: { formats: ['csv'], csv: { header: false, escape: 'backslash', nulls: ['\\N'] } },
  },
  [
    '1,"2026-06-15 10:00:00","a \\"b\\", c\\',
    'd"',
    '2,"2026-06-15 10:00:01",\\N',
    '"3","2026-06-15 10:00:02","C:\\\\x ""y"""',
    '4,"2026-06-15 10:00:02",x\\,y',
  ],
  [
    { id: 1, at: '2026-06-15T10:00:00', note: 'a "b", c\nd' },
    { id: 2, at: '2026-06-15T10:00:01' },
    { id: 3, at: '2026-06-15T10:00:02', note: 'C:\\x "y"' },
    { id: 4, at: '2026-06-15T10:00:02', note: 'x,y' },
  ],
);

export const HIVE_TEXT = sample(
  {
    name: 'hive_text',
    columns: PEOPLE,
    eventTime: 'at',
    input: { formats: ['csv'], csv: { delimiter: '\u0001', header: false, quote: false, nulls: ['\\N'] } },
  },
  ['1\u00012026-06-15 10:00:00\u0001a,"b"\\', '2\u00012026-06-15 10:00:01\u0001\\N'],
  [
    { id: 1, at: '2026-06-15T10:00:00', note: 'a,"b"\\' },
    { id: 2, at: '2026-06-15T10:00:01' },
  ],
);

export const PIPES = sample(
  {
    name: 'pipes',
    columns: PEOPLE,
    eventTime: 'at',
    input: {
      formats: ['csv'],
      csv: {
        delimiter: '|',
        header: ['id', 'unused', 'note', 'at'],
        quote: "'",
        comment: '--',
        nulls: ['NULL', "'NULL'"],
        trailingDelimiter: true,
      },
    },
  },
  [
    '-- exported',
    "1|x|'it''s | one'|2026-06-15 10:00:00|",
    "2|x|'NULL'|2026-06-15 10:00:01|",
    "3||''|2026-06-15 10:00:02|",
    '4|x|a|2026-06-15 10:00:03|y|',
  ],
  [
    { id: 1, at: '2026-06-15T10:00:00', note: "it's | one" },
    { id: 2, at: '2026-06-15T10:00:01' },
    { id: 3, at: '2026-06-15T10:00:02', note: '' },
  ],
  [[5, 'expected 4 fields as declared, found 5']],
);

export const TEXT_SAMPLES: readonly TextSample[] = [
  ...[
    ALB,
    VPC_FLOW,
    CLOUDFRONT,
    IIS,
    DMS,
    COMBINED,
    SYSLOG,
    S3_ACCESS,
    EUROPEAN,
    PG_COPY,
    MYSQL_OUTFILE,
    HIVE_TEXT,
    PIPES,
  ],
];
