import { parseDataset } from '../../../lib/dataset';
import { type EventsHeaders, readEventsHeaders } from '../../gateway/http/events-headers';
import { RefusedError } from '../../gateway/http/problems';

const dataset = (leading: readonly object[]) =>
  parseDataset({
    name: 'orders',
    description: 'Orders.',
    input: { formats: ['ndjson'] },
    columns: [{ name: 'at', type: 'timestamp', notNull: true }],
    eventTime: 'at',
    partition: { scheme: 'day', from: '2024-01-01', to: '2033-12-31', leading } as never,
  });
const plain = dataset([]);
const divided = dataset([
  { name: 'tenant', kind: 'enum', values: ['acme', 'globex'] },
  { name: 'sub_tenant', kind: 'injected' },
]);

type Headers = Readonly<Record<string, string | string[] | undefined>>;
const read = (headers: Headers, of = plain): EventsHeaders =>
  readEventsHeaders(of, { 'content-type': 'application/json', ...headers }, 1_000);
const refusal = (headers: Headers, of = plain): unknown => {
  try {
    return read(headers, of);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return error.problem;
  }
};

test('what no header says has its default', () => {
  expect(read({})).toEqual({
    format: 'document',
    isGzip: false,
    length: undefined,
    idempotencyKey: undefined,
    leading: {},
  });
});

test.each([
  ['0', 0],
  ['1000', 1_000],
])('a body of %s bytes is taken', (text, length) => {
  expect(read({ 'content-length': text }).length).toBe(length);
});

test('a body of one byte more than allowed is not', () => {
  expect(refusal({ 'content-length': '1001' })).toEqual({
    status: 413,
    code: 'too-large',
    detail: 'the body is larger than 1000 bytes',
  });
});

describe('Content-Type', () => {
  test.each([
    ['application/json', 'document'],
    ['Application/JSON ', 'document'],
    ['application/json;charset=utf-8', 'document'],
    ['application/json ; a=b; Charset="UTF-8"', 'document'],
    ['application/json; charset=utf8', 'document'],
    ['application/json; x-charset=latin1', 'document'],
    ['application/x-ndjson', 'lines'],
    ['application/ndjson', 'lines'],
    ['application/jsonl', 'lines'],
    ['application/x-jsonlines', 'lines'],
    ['application/jsonlines', 'lines'],
    ['APPLICATION/X-NDJSON; charset=utf-8', 'lines'],
  ])('%s is a %s', (type, format) => {
    expect(read({ 'content-type': type }).format).toBe(format);
  });

  const other = (found: string): string =>
    `Content-Type must be application/json or application/x-ndjson, but ${found}`;
  test.each([
    [undefined, other('is missing')],
    ['', other('is missing')],
    ['; charset=utf-8', other('is missing')],
    ['text/plain', other('is "text/plain"')],
    ['Text/Plain; a=b', other('is "text/plain"')],
    ['x'.repeat(60), other(`is "${'x'.repeat(60)}"`)],
    ['x'.repeat(61), other(`is "${'x'.repeat(60)}..."`)],
    ['application/json; charset=utf-16', 'the charset must be utf-8'],
    ['application/x-ndjson; a=b; charset=latin1', 'the charset must be utf-8'],
    ['application/json; charset=', 'the charset must be utf-8'],
  ])('%j is refused', (type, detail) => {
    expect(refusal({ 'content-type': type })).toEqual({ status: 415, code: 'unsupported-type', detail });
  });
});

describe('Content-Encoding', () => {
  test.each([
    [undefined, false],
    ['identity', false],
    [' Identity ', false],
    ['gzip', true],
    ['GZIP ', true],
  ])('%j: gzip is %s', (encoding, isGzip) => {
    expect(read({ 'content-encoding': encoding }).isGzip).toBe(isGzip);
  });

  test.each([
    ['br', '"br"'],
    ['', '""'],
    ['gzip, gzip', '"gzip, gzip"'],
    [['gzip', 'br'], '"gzip, br"'],
    ['x'.repeat(100), `"${'x'.repeat(60)}..."`],
  ])('%j is refused', (encoding, shown) => {
    expect(refusal({ 'content-encoding': encoding })).toEqual({
      status: 415,
      code: 'unsupported-type',
      detail: `Content-Encoding must be gzip or absent, but is ${shown}`,
    });
  });
});

test.each(['k', 'k'.repeat(200)])('an Idempotency-Key of 1 to 200 characters is taken as it is', (key) => {
  expect(read({ 'idempotency-key': key }).idempotencyKey).toBe(key);
});

test.each(['', 'k'.repeat(201)])('an Idempotency-Key of none or more is refused', (key) => {
  expect(refusal({ 'idempotency-key': key })).toEqual({
    status: 400,
    code: 'bad-header',
    detail: 'Idempotency-Key must have 1 to 200 characters',
  });
});

describe('partition headers', () => {
  test('give values of leading keys, with hyphens for underscores', () => {
    const headers = { 'lake-partition-tenant': 'acme', 'lake-partition-sub-tenant': 'x-1', 'x-lake-partition-a': 'b' };
    expect(read(headers, divided).leading).toEqual({ tenant: 'acme', sub_tenant: 'x-1' });
    expect(read({ 'lake-partition-tenant': 'globex' }, divided).leading).toEqual({ tenant: 'globex' });
  });

  test.each<[string, Headers, typeof plain, string]>([
    [
      'of no key',
      { 'lake-partition-region': 'eu' },
      divided,
      '"lake-partition-region" is not a partition header of orders; they are lake-partition-tenant, lake-partition-sub-tenant',
    ],
    [
      'with an underscore',
      { 'lake-partition-sub_tenant': 'x' },
      divided,
      '"lake-partition-sub_tenant" is not a partition header of orders; they are lake-partition-tenant, lake-partition-sub-tenant',
    ],
    [
      'of a dataset without leading keys',
      { 'lake-partition-tenant': 'acme' },
      plain,
      '"lake-partition-tenant" is not a partition header of orders; it has none',
    ],
    [
      'of an endless name',
      { [`lake-partition-${'x'.repeat(100)}`]: 'a' },
      plain,
      `"lake-partition-${'x'.repeat(45)}..." is not a partition header of orders; it has none`,
    ],
    [
      'of another value',
      { 'lake-partition-tenant': 'other' },
      divided,
      "lake-partition-tenant: 'other' is not a value of key tenant",
    ],
    [
      'that came twice',
      { 'lake-partition-tenant': ['acme', 'globex'] },
      divided,
      "lake-partition-tenant: 'acme, globex' is not a value of key tenant",
    ],
    [
      'without a value',
      { 'lake-partition-tenant': undefined },
      divided,
      "lake-partition-tenant: '' is not a value of key tenant",
    ],
  ])('%s are refused', (_, headers, of, detail) => {
    expect(refusal(headers, of)).toEqual({ status: 400, code: 'bad-header', detail });
  });
});
