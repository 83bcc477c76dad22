/** Raw tables of text: what reads them, and in which columns. */
import { type DatasetDefinition, parseDataset, rawTable, tableMarkdown } from '../../lib/dataset';
import * as samples from '../support/text-samples';

const raw = ({ definition }: samples.TextSample) => {
  const { columns, serializationLibrary, serdeParameters, parameters, description } = rawTable(
    parseDataset(definition),
    {
      bucket: 'raw',
    },
  );
  expect(columns.every(({ type }) => type === 'string')).toBe(true);
  expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
  return {
    names: columns.map(({ name }) => name),
    comments: columns.map(({ comment }) => comment),
    serde: serializationLibrary.split('.').at(-1),
    serdeParameters,
    skip: parameters['skip.header.line.count'],
    description,
  };
};

test('fields in quotes are read by OpenCSVSerDe, with the delimiter, quote and escape of the dataset', () => {
  expect(raw(samples.ALB)).toMatchObject({
    serde: 'OpenCSVSerde',
    serdeParameters: { separatorChar: ' ', quoteChar: '"', escapeChar: '\\' },
    skip: undefined,
  });
  expect(raw(samples.EUROPEAN)).toMatchObject({ serdeParameters: { separatorChar: ';' }, skip: '1' });
  expect(raw(samples.PIPES)).toMatchObject({
    names: ['id', 'field_2_unused', 'note', 'at'],
    serdeParameters: { separatorChar: '|', quoteChar: "'", escapeChar: '\u0001' },
    description: 'Text as it is delivered. In this table, lines that begin with -- are rows here.',
  });
});

test('text without quotes is read by LazySimpleSerDe, with the text for null', () => {
  expect(raw(samples.PG_COPY)).toMatchObject({
    serde: 'LazySimpleSerDe',
    serdeParameters: { 'field.delim': '\t', 'serialization.null.format': '\\N', 'escape.delim': '\\' },
    skip: undefined,
  });
  expect(raw(samples.HIVE_TEXT).serdeParameters).toEqual({
    'field.delim': '\u0001',
    'serialization.format': '\u0001',
    'serialization.null.format': '\\N',
  });
});

test('lines are read by RegexSerDe, with a group for each column, in the order of the pattern', () => {
  const { serde, names, serdeParameters } = raw(samples.COMBINED);
  const { 'input.regex': pattern = '' } = serdeParameters;
  expect([serde, names]).toEqual([
    'RegexSerDe',
    ['client', 'auth_user', 'at', 'request', 'status', 'sent', 'referrer', 'agent'],
  ]);
  const [line = ''] = samples.COMBINED.text.split('\n');
  expect(new RegExp(`^(?:${pattern})$`).exec(line)?.slice(1)).toEqual([
    ...['2001:db8::1', 'frank', '15/Jun/2026:10:00:00 +0200', 'GET /a\\"b HTTP/1.1', '200', '2326', 'http://x/'],
    'agent \\"x\\" é',
  ]);
});

test('where each file says what its fields are, the table has whole lines, and says so', () => {
  const { names, serdeParameters, description } = raw(samples.CLOUDFRONT);
  expect([names, serdeParameters]).toEqual([['line'], { 'input.regex': '([\\s\\S]*)' }]);
  expect(description).toContain('each line of an object is one string');
});

/** The SerDe reads by position, so that each field of a file has to be the column of its place. */
test('with a header, a table by position has the fields in their order, or has whole lines and says why', () => {
  const id = { name: 'id', type: 'string' } as const;
  const at = { name: 'at', type: 'timestamp', notNull: true } as const;
  const site = { name: 'site', type: 'string' } as const;
  const rows = (columns: DatasetDefinition['columns'], header: boolean | readonly string[] = true) => {
    const partition = { scheme: 'day', from: '2026-01-01', to: '2026-12-31' } as const;
    const input = { formats: ['csv'], csv: { header }, layout: '{site}/{yyyy}/{MM}/{dd}/' } as const;
    const { columns: found, description } = rawTable(
      parseDataset({ name: 'sites', description: 'Rows.', columns, partition, eventTime: 'at', input }),
      { bucket: 'raw' },
    );
    return [found.map(({ name }) => name), / is one string, (.*)\.$/.exec(description)?.[1]];
  };
  const because = 'the one that names the fields included, because';
  expect(rows([id, at, site])).toEqual([['id', 'at'], undefined]);
  expect(rows([id, site, at])).toEqual([['line'], `${because} site is from the path, and may be a field as well`]);
  expect(rows([id, { ...at, from: { join: ['day', 'time'] } }, site])).toEqual([
    ['line'],
    `${because} at is joined from several fields`,
  ]);
  // Without a header fields are the columns that are not from the path; names that are declared have their place.
  expect(rows([id, site, at], false)).toEqual([['id', 'at'], undefined]);
  expect(rows([id, site, at], ['id', 'site', 'at'])).toEqual([['id', 'field_2_site', 'at'], undefined]);
});

test('names that are declared are columns by position, those of joined parts included', () => {
  const { definition } = samples.CLOUDFRONT;
  const listed = {
    ...definition,
    input: { ...definition.input, csv: { delimiter: '\t', header: ['date', 'time', 'x-edge-location'], quote: false } },
  } as const;
  const { names, comments } = raw({ ...samples.CLOUDFRONT, definition: listed });
  expect(names).toEqual(['field_1_date', 'field_2_time', 'edge']);
  expect(comments[0]).toBe('Field "date", which is joined into at');
});

test('the documentation of a table says how its text looks', () => {
  const of = ({ definition }: samples.TextSample): string => tableMarkdown(parseDataset(definition));
  expect(of(samples.EUROPEAN)).toContain(
    '| Delimited text | fields between ";"; names in the first line; decimal mark ,; thousands marked by "." |',
  );
  expect(of(samples.CLOUDFRONT)).toContain('names in the line that begins with #Fields:; no quotes;');
  expect(of(samples.SYSLOG)).toContain('| Lines | matched with ^');
});
