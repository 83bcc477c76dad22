import { gzipSync } from 'node:zlib';
import FORMS from '../../new-dataset/line-forms';
import { knownLines } from '../../new-dataset/line-look';
import { isPattern, LineReader } from '../../new-dataset/line-matching';
import { timeGuesses } from '../../new-dataset/time-guess';
import { folderWith } from '../support/folder';
import { lake, proposeFor, provenFor, typesOf } from './support';

jest.setTimeout(120_000);

test('every known form is a pattern that compaction takes', () => {
  expect(FORMS.filter(({ pattern }) => !isPattern(pattern))).toEqual([]);
});

/** Two lines of each form, the first at 10:00:01 UTC of 2026-06-15. */
const LINES: readonly (readonly [name: string, first: string, second: string, columns: readonly string[]])[] = [
  [
    'syslog as of RFC 5424',
    '<34>1 2026-06-15T10:00:01.003Z host.example.com su - ID47 - failed for root',
    '<165>1 2026-06-15T10:00:02.003Z host evntslog 123 ID47 [example@32473 iut="3" text="a \\"]"][x@1 y="z"] An event',
    ['event_time', 'priority', 'host', 'program', 'message'],
  ],
  [
    'rsyslog with times in ISO 8601',
    '2026-06-15T12:00:01.123456+02:00 web1 sshd[1234]: Accepted publickey for root: ok',
    '2026-06-15T12:00:02.123456+02:00 web1 kernel: [ 12.3] eth0: link up',
    ['event_time', 'host', 'program', 'process_id', 'message'],
  ],
  [
    'Spring Boot',
    '2026-06-15T10:00:01.123Z  INFO 1 --- [main] c.e.App                  : Started App in 3 seconds',
    '2026-06-15T10:00:02.123Z ERROR 1 --- [nio-8080-exec-1] c.e.Web : boom',
    ['event_time', 'level', 'thread', 'logger', 'message'],
  ],
  [
    'Log4j or Logback, the level before the thread',
    '2026-06-15 10:00:01,123 INFO  [main] com.example.App - Started - in 3 s',
    '2026-06-15 10:00:02,123 ERROR [http-1] com.example.Web - Failed: x, y',
    ['event_time', 'level', 'thread', 'logger', 'message'],
  ],
  [
    'Log4j or Logback, the thread before the level',
    '2026-06-15 10:00:01.123 [main] INFO  com.example.App - Started',
    '2026-06-15 10:00:02.123 [http-1] WARN com.example.App - slow',
    ['event_time', 'level', 'thread', 'logger', 'message'],
  ],
  [
    "Python's logging",
    '2026-06-15 10:00:01,123 - root - INFO - hello, world',
    '2026-06-15 10:00:02,123 - app.web - ERROR - no',
    ['event_time', 'level', 'logger', 'message'],
  ],
  [
    'nginx in its error log',
    '2026/06/15 10:00:01 [error] 12#12: *1 open() "/x" failed (2: No such file), client: 192.0.2.1',
    '2026/06/15 10:00:02 [warn] 12#12: y',
    ['event_time', 'level', 'process_id', 'message'],
  ],
  [
    'Apache in its error log',
    '[Mon Jun 15 10:00:01.123456 2026] [core:error] [pid 12:tid 34] [client 192.0.2.1:80] AH00001: x',
    '[Mon Jun 15 10:00:02.123456 2026] [mpm:notice] [pid 12:tid 34] AH00002: y',
    ['event_time', 'module', 'process_id', 'message'],
  ],
  [
    'PostgreSQL',
    '2026-06-15 10:00:01.123 UTC [123] LOG:  database system is ready to accept connections',
    '2026-06-15 10:00:02.123 UTC [124] ERROR:  relation "x" does not exist at character 15',
    ['event_time', 'level', 'process_id', 'message'],
  ],
  [
    'a web server in the common format',
    '192.0.2.1 - bob [15/Jun/2026:10:00:01 +0000] "GET / HTTP/1.1" 200 12',
    '192.0.2.1 - - [15/Jun/2026:10:00:02 +0000] "GET /\\"x HTTP/1.1" 304 -',
    ['event_time', 'remote_user', 'request', 'status', 'bytes_sent'],
  ],
  [
    'a web server in the combined format, after the virtual host',
    'www.example.com:443 192.0.2.1 - bob [15/Jun/2026:10:00:01 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8.0"',
    'www.example.com:443 192.0.2.1 - - [15/Jun/2026:10:00:02 +0000] "GET /x HTTP/1.1" 304 - "-" "curl/8.0"',
    ['event_time', 'virtual_host', 'status', 'user_agent'],
  ],
  [
    'a web server in the combined format, with fields of its own',
    '192.0.2.1 - bob [15/Jun/2026:10:00:01 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8.0" rt=0.105 "a b"',
    '192.0.2.1 - - [15/Jun/2026:10:00:02 +0000] "GET /x HTTP/1.1" 304 - "-" "curl/8.0"',
    ['event_time', 'remote_host', 'status', 'user_agent', 'rest'],
  ],
  [
    'HAProxy in its HTTP format',
    'Jun 15 10:00:01 lb haproxy[14389]: 192.0.2.1:33317 [15/Jun/2026:10:00:01.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"',
    'Jun 15 10:00:02 lb haproxy[14389]: 192.0.2.1:33318 [15/Jun/2026:10:00:02.655] http-in static/srv1 10/0/30/69/109 503 2750 - - ---- 1/1/1/1/0 0/0 "GET /x HTTP/1.1"',
    ['event_time', 'client', 'backend', 'status', 'message'],
  ],
  [
    'Lambda in an export of CloudWatch Logs',
    '2026-06-15T10:00:01.123Z START RequestId: 6f1c0c1a-0000-4000-8000-000000000001 Version: $LATEST',
    '2026-06-15T10:00:02.123Z 2026-06-15T10:00:02.120Z\t6f1c0c1a-0000-4000-8000-000000000001\tINFO\tdone',
    ['event_time', 'message'],
  ],
  [
    'auditd',
    'type=SYSCALL msg=audit(1781517601.123:456): arch=c000003e syscall=59 success=yes comm="ls"',
    'node=web-1 type=CWD msg=audit(1781517602.123:457): cwd="/"',
    ['event_time', 'node', 'type', 'serial', 'message'],
  ],
];

test.each(LINES)('lines of %s are known, though one is broken', (name, first, second, columns) => {
  const look = knownLines(['oops', first, second]);
  expect(look).toMatchObject({
    name,
    share: 2 / 3,
    doubts: expect.arrayContaining([expect.stringContaining('"oops"')]),
  });
  const reader = new LineReader(look?.lines.pattern ?? '');
  const { time, ...values } = Object.fromEntries(
    reader.groups.map((group, index) => [group, reader.read(Buffer.from(first))?.[index]]),
  );
  expect(Object.keys({ event_time: time, ...values })).toEqual(expect.arrayContaining([...columns]));
  // The text that is found is all of the time, in a form that columns may have.
  expect(timeGuesses(time ?? '').length > 0 || /^\d{10}\.\d{3}$/.test(time ?? '')).toBe(true);
});

test('the lake takes what the dataset of a known form takes', async () => {
  const lines = LINES.find(([name]) => name.startsWith('Apache'))?.slice(1, 3) ?? [];
  const proposed = await provenFor({ 'node-1/messages.1.gz': gzipSync(`oops\r\n${lines.join('\r\n')}\r\n\r\n`) });
  expect([proposed.share, proposed.definition.input.formats]).toEqual([[2, 3], ['lines']]);
  expect(typesOf(proposed)).toMatchObject({ event_time: 'timestamp', module: 'string', message: 'string' });
  expect(proposed.text).toContain('Apache in its error log');
  expect(proposed.text.replace(/\s+(?:\/\/ )?/g, ' ')).toMatch(
    /of the first 3 lines, 1 is not seen through, such as "oops"/i,
  );
});

test('every known form has lines in this test', () => {
  expect(LINES.map(([name]) => name).sort()).toEqual(FORMS.map(({ name }) => name).sort());
});

test.each<[string, readonly string[], string, readonly string[]]>([
  [
    'words before and after the time',
    ['job=1 started at 2026-06-15T10:00:01Z by bob', 'job=2 started at 2026-06-15T10:00:02Z by alice in a hurry'],
    '^job=(?<job>',
    ['job', 'event_time', 'message'],
  ],
  [
    'names and values',
    ['time=2026-06-15T10:00:01Z level=info msg="hello world" n=1', 'time=2026-06-15T10:00:02Z level=warn msg=bye n=2'],
    '^time=(?<time>',
    ['event_time', 'level', 'msg', 'n'],
  ],
  [
    'brackets and levels',
    ['[2026-06-15 10:00:01] production.ERROR: it broke, twice', '[2026-06-15 10:00:02] production.INFO: fine'],
    '^\\\\[(?<time>',
    ['event_time', 'message'],
  ],
])('lines of no known form get a pattern made of them: %s', async (_, lines, pattern, columns) => {
  const proposed = await provenFor({ 'a.log': `${lines.join('\n')}\n` });
  expect(proposed.share).toEqual([2, 2]);
  expect(proposed.text).toContain(`pattern:`);
  expect(proposed.text).toContain(pattern);
  expect(Object.keys(typesOf(proposed))).toEqual(expect.arrayContaining([...columns]));
  expect(proposed.text).toContain('The pattern was made of the lines');
});

test('messages of several lines are refused line by line, and the file says what to do about them', async () => {
  const stack = 'java.lang.IllegalStateException: x\n\tat com.example.Web.run(Web.java:12)\n';
  const lines = [1, 2, 3].map((n) => `2026-06-15 10:00:0${n},123 WARN  [main] c.e.App - slow\n`);
  const proposed = await provenFor({ 'app.log': `${lines[0]}${stack}${lines[1]}${lines[2]}` });
  expect(proposed.share).toEqual([3, 5]);
  expect(proposed.text.replace(/\s+(?:\/\/ )?/g, ' ')).toContain(
    'let the shipper put messages of several lines into one',
  );
});

test.each([
  ['no year', 'Jun 15 10:00:01 web1 sshd[1234]: Failed\nJun 15 10:00:02 web1 systemd[1]: Started Session 5 of root.\n'],
  ['no year', 'I0615 10:00:01.123456       1 main.go:12] Starting\nE0615 10:00:02.123456       1 main.go:13] bad\n'],
  ['no date', '10:00:01.123 [main] INFO  c.e.App - Started\n10:00:02.123 [main] INFO  c.e.App - x\n'],
])('times with %s are told, with what to do', async (part, text) => {
  expect(await lake('new-dataset', folderWith({ messages: text }))).toMatchObject({
    code: 2,
    errors: expect.stringMatching(new RegExp(`messages: lines, but their times have ${part}.*: let the `)),
  });
});

test('files of one form have one pattern, however few lines one of them has', async () => {
  const line = (n: number, words: string): string => `2026-06-15 10:00:0${n} worker-${n} ${words}\n`;
  const proposed = await provenFor({
    'a.log': line(1, 'took 3 s') + line(2, 'failed'),
    'b.log': line(3, 'is done, and has nothing left to do'),
  });
  expect(proposed.share).toEqual([3, 3]);
});

test('a JSON text sequence is JSON', async () => {
  const records = [1, 2].map((id) => `\u001e{"id":${id},"at":"2026-06-15T10:00:00Z"}\n`);
  const proposed = await provenFor({ 'a.json-seq': records.join('') });
  expect([proposed.share, proposed.definition.input.formats]).toEqual([[2, 2], ['json']]);
});

test('no text of a line of a known form is dropped', () => {
  for (const { name, pattern } of FORMS) {
    const first = LINES.find(([form]) => form === name)?.[1] ?? '';
    const reader = new LineReader(pattern);
    const line = pattern.includes('(?<rest>') ? `${first} upstream="x y" 0.1` : first;
    const kept = reader.read(Buffer.from(line))?.join('') ?? '';
    // Punctuation, and words that the form has in the same place in each line.
    const words = line.replace(/haproxy\[|\[pid |:tid |type=|msg=audit\(/g, ' ').match(/[A-Za-z0-9]+/g) ?? [];
    expect({ name, dropped: words.filter((word) => !kept.includes(word)) }).toEqual({ name, dropped: [] });
  }
});

test.each([
  ['access.log', ''],
  ['nginx/access.log', ''],
  ['vhost.log', 'www.example.com:80 '],
])('%s: what a server adds to the combined format is in rest', async (file, host) => {
  const line = (n: number, more: string): string =>
    `${host}192.0.2.1 - - [15/Jun/2026:10:00:0${n} +0000] "GET / HTTP/1.1" 200 5 "-" "x"${more}\n`;
  const proposed = await provenFor({ [file]: line(1, ' rt=0.105') + line(2, '') });
  expect(proposed.share).toEqual([2, 2]);
  expect(typesOf(proposed)).toMatchObject({ rest: 'string', user_agent: 'string' });
});

test('a preset that leaves fields at the end out says so', async () => {
  const line = `tls 2.0 2026-06-15T10:00:01 net/network/1 g 192.0.2.1:51341 198.51.100.1:443 5 2 98 246 ${'- '.repeat(10)}2026-06-15T10:00:00 new\n`;
  const { text } = await proposeFor(folderWith({ 'nlb.log': line }));
  expect(text).toContain('nlb(');
  expect(text.replace(/\s+(?:\/\/ )?/g, ' ')).toContain('What a line has after the fields of the preset is left out.');
});

test('words that are the same in all lines of the sample are fields, and are named', async () => {
  const of = (host: string, n: number): string =>
    `${host} 2026-06-15T10:00:${n + 10}Z elb=main status: 200 - ${'x '.repeat(n % 3)}done\n`;
  const sample = Array.from({ length: 30 }, (_, n) => of('my-lb', n)).join('');
  const proposed = await provenFor({ 'a.log': sample });
  const pattern = proposed.definition.input.lines?.pattern ?? '';
  expect(pattern).toMatch(/elb=\(\?<elb>/);
  expect(pattern).toContain(' status: ');
  expect(pattern).not.toContain('my-lb');
  const reader = new LineReader(pattern);
  expect(reader.read(Buffer.from(of('other', 1).trim()))?.slice(0, 1)).toEqual(['other']);
  const text = proposed.text.replace(/\s+(?:\/\/ )?/g, ' ');
  expect(text).toContain('The same in the lines that were looked at: field is "my-lb"');
  expect(text).toContain('The pattern takes no other text in the place of "status:", "-": lines with one are refused');
});
