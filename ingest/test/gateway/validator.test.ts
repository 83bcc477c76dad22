import { parseDataset } from '../../../lib/dataset';
import { EventValidator, eventSchema, isAccepted, type RequestContext } from '../../gateway/events/validator';
import type { LimitSettings } from '../../gateway/settings';

const NOW = Date.parse('2026-06-15T10:30:00Z');
const AT = '2026-06-15T10:30:00Z';
const PLACE = 'year=2026/month=06/day=15';

const dataset = (leading: readonly object[] = []) =>
  parseDataset({
    name: 'orders',
    description: 'Orders.',
    input: { formats: ['ndjson'] },
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'n', type: 'int' },
      { name: 'deep', type: 'array<struct<a:int>>' },
    ],
    eventTime: 'at',
    dedupeKey: ['id'],
    partition: { scheme: 'day', from: '2024-01-01', to: '2033-12-31', leading } as never,
  });
const LEADING = [
  { name: 'tenant', kind: 'enum', values: ['acme', 'globex'] },
  { name: 'sub_site', kind: 'injected' },
];

interface Options {
  readonly leading?: readonly object[];
  readonly limits?: Partial<LimitSettings>;
  readonly request?: Partial<RequestContext>;
}

/** The verdict on an event, which stands between two others. */
function judge(text: string | Buffer, { leading = [], limits = {}, request = {} }: Options = {}) {
  const validator = new EventValidator(
    dataset(leading),
    {
      ...{ bodyBytes: 1_000_000, inflatedBytes: 1_000_000, events: 10, eventBytes: 1_000 },
      ...{ fields: 20, depth: 5, partitions: 3, bufferedBytes: 1_000_000 },
      ...limits,
    },
    { pastHours: 48, futureMinutes: 15 },
    () => NOW,
  );
  const before = Buffer.from('{"id":"other"}\n');
  const event = Buffer.from(text);
  const bytes = Buffer.concat([before, event, Buffer.from('\n'), before]);
  const end = before.length + event.length;
  const verdict = validator.judge(
    bytes,
    before.length,
    end,
    { subject: 'me', key: undefined, leading: {}, partitions: undefined, isUtf8: true, mayEscape: true, ...request },
    3,
  );
  if (!isAccepted(verdict)) return verdict;
  const { partition, identity, content, bytes: own, start, end: ownEnd } = verdict;
  return { partition, identity, content, line: own.toString('utf8', start, ownEnd), isCopied: own !== bytes };
}

const event = (members: object): string => JSON.stringify({ id: 'a', at: AT, ...members });
/** An event of exactly so many bytes. */
const sized = (bytes: number): string => event({ id: 'x'.repeat(bytes - event({ id: '' }).length) });

test('an event that fits has its place, its identity, the mark of its content, and its line as it was sent', () => {
  const text = ` { "id":"a", "at":"${AT}" , "n": 1 } `;
  expect(judge(text)).toEqual({
    partition: PLACE,
    identity: `orders/${PLACE}/a`,
    content: expect.stringMatching(/^[A-Za-z0-9_-]{12}$/),
    line: `${text}\n`,
    isCopied: false,
  });
});

describe('limits', () => {
  test.each([
    ['bytes', sized(1_000), sized(1_001), 'too-large', '1001 bytes, but an event has 1000 at most'],
    ['levels', event({ x: [[[[]]]] }), event({ x: [[[[[]]]]] }), 'too-deep', '6 levels, but an event has 5 at most'],
    [
      'members',
      event(Object.fromEntries(Array.from({ length: 18 }, (_, i) => [`c${i}`, 1]))),
      event(Object.fromEntries(Array.from({ length: 19 }, (_, i) => [`c${i}`, 1]))),
      'too-many-fields',
      '21 members, but an event has 20 at most',
    ],
  ])('of %s: as many as allowed are looked at, and one more is refused before', (_, most, more, code, message) => {
    expect(judge(most)).not.toMatchObject({ code });
    expect(judge(more)).toEqual({ code, field: '', message });
  });

  test('hold for the shortest texts that can exceed them', () => {
    expect(judge('[[]]', { limits: { depth: 1 } })).toMatchObject({ code: 'too-deep' });
    expect(judge('{"":0,"":0}', { limits: { fields: 1 } })).toMatchObject({ code: 'too-many-fields' });
  });

  test('brackets in texts are no levels', () => {
    expect(judge(event({ id: '[{'.repeat(50) }))).toMatchObject({ partition: PLACE });
  });

  test('of members hold, wherever they are', () => {
    const inner = Object.fromEntries(Array.from({ length: 18 }, (_, i) => [`c${i}`, 1]));
    expect(judge(event({ x: inner }))).toMatchObject({
      code: 'too-many-fields',
      message: expect.stringMatching(/^21 /),
    });
  });
});

describe('text', () => {
  const broken = Buffer.from(event({ id: '?' }));
  broken[broken.indexOf('?')] = 0xff;

  test('that is not UTF-8 is refused, where the request as a whole is not known to be', () => {
    const problem = { code: 'not-utf8', field: '', message: 'the event is not valid UTF-8' };
    expect(judge(broken, { request: { isUtf8: false } })).toEqual(problem);
    expect(judge(event({ id: 'ä' }), { request: { isUtf8: false } })).toMatchObject({ partition: PLACE });
  });
});

test.each([
  [event({ n: 'x' }), { code: 'invalid', field: 'n', message: 'expected an int, found the string "x"' }],
  [
    event({ x: 1 }),
    { code: 'unknown-field', field: 'x', message: 'dataset orders has no such field; remove it, or declare it' },
  ],
  [
    event({ deep: [{ a: 1 }, { b: 1 }] }),
    {
      code: 'unknown-field',
      field: 'deep[1].b',
      message: 'the struct deep[1] has no such field; remove it, or declare it',
    },
  ],
  [
    event({ ['y'.repeat(81)]: 1 }),
    {
      code: 'unknown-field',
      field: `${'y'.repeat(80)}...`,
      message: 'dataset orders has no such field; remove it, or declare it',
    },
  ],
  ['{"id":"a"}', { code: 'invalid', field: 'at', message: expect.stringContaining('missing') }],
  [`${event({})} x`, { code: 'invalid', field: '', message: expect.stringContaining('not JSON') }],
  [
    event({ at: '2026-06-01T00:00:00Z' }),
    { code: 'no-place', field: '', message: expect.stringContaining('48 hours') },
  ],
])('%s does not fit: %j', (text, problem) => {
  expect(judge(text)).toEqual(problem);
});

test('with a key of the request an event without a dedupe key has an identity of its place in the request', () => {
  expect(judge(event({}), { request: { key: 'k' } })).toMatchObject({ identity: `orders/${PLACE}/a` });
});

describe('leading keys', () => {
  const of = (members: object, request: Partial<RequestContext> = {}) =>
    judge(event(members), { leading: LEADING, request });
  const both = { tenant: 'acme', sub_site: 's' };
  const place = `tenant=acme/sub_site=s/${PLACE}`;
  const noPlace = (message: string) => ({ code: 'no-place', field: '', message });

  test('come from the event, which is stored without them', () => {
    expect(of({ ...both, n: 1 })).toMatchObject({ partition: place, line: `${event({ n: 1 })}\n`, isCopied: true });
  });

  test('come from the request', () => {
    expect(of({}, { leading: both })).toMatchObject({ partition: place, line: `${event({})}\n`, isCopied: false });
  });

  test('come from both, if they agree', () => {
    expect(of({ tenant: 'acme' }, { leading: { sub_site: 's' } })).toMatchObject({ partition: place });
    expect(of(both, { leading: both })).toMatchObject({ partition: place, line: `${event({})}\n` });
    expect(of(both, { leading: { tenant: 'globex' } })).toEqual(
      noPlace('tenant: the event and the header lake-partition-tenant contradict each other'),
    );
  });

  test('are missing', () => {
    expect(of({ tenant: 'acme' })).toEqual(
      noPlace('sub_site: give it as a member of the event, or in the header lake-partition-sub-site'),
    );
    expect(of({}, { leading: { sub_site: 's' } })).toEqual(
      noPlace('tenant: give it as a member of the event, or in the header lake-partition-tenant'),
    );
  });

  test('are null, whatever the request says', () => {
    for (const leading of [{}, both]) {
      expect(of({ tenant: null, sub_site: 's' }, { leading })).toEqual(
        noPlace('tenant: null is not a value of a partition key; leave it out'),
      );
    }
  });

  test('have values that the dataset does not have; a long message is cut', () => {
    expect(of({ ...both, tenant: 'other' })).toMatchObject({
      code: 'no-place',
      message: expect.stringMatching(/tenant/),
    });
  });

  test('are the same event, however they were given', () => {
    const [one, other] = [of(both), of({}, { leading: both })];
    expect(one).toMatchObject({ identity: `orders/${place}/a` });
    expect({ ...one, isCopied: false }).toEqual(other);
  });

  test.each<[string[], string | undefined]>([
    [['tenant=acme', 'sub_site=s'], undefined],
    [['orders:tenant=acme', 'sub_site=s'], undefined],
    [['tenant=acme'], 'sub_site'],
    [['sub_site=s'], 'tenant'],
    [['tenant=globex', 'sub_site=s'], 'tenant'],
    [['clicks:tenant=acme', 'sub_site=s'], 'tenant'],
    [[], 'tenant'],
  ])('a token that is confined to %j may not write %s', (words, field) => {
    for (const verdict of [
      of(both, { partitions: new Set(words) }),
      of({}, { partitions: new Set(words), leading: both }),
    ]) {
      if (field === undefined) expect(verdict).toMatchObject({ partition: place });
      else {
        expect(verdict).toEqual({
          code: 'not-allowed',
          field,
          message: 'the token is confined to other values of this partition key',
        });
      }
    }
  });

  test('of a dataset that has none are unknown members', () => {
    expect(judge(event({ tenant: 'acme' }))).toMatchObject({ code: 'unknown-field', field: 'tenant' });
  });
});

test('what fails unexpectedly is not taken for a mistake of the event', () => {
  const validator = new EventValidator(
    dataset(),
    { eventBytes: 1_000, fields: 20, depth: 5 } as LimitSettings,
    { pastHours: 48, futureMinutes: 15 },
    () => {
      throw new RangeError('the clock is broken');
    },
  );
  const bytes = Buffer.from(`${event({})}\n`);
  const request = { subject: 'me', key: undefined, leading: {}, partitions: undefined, isUtf8: true, mayEscape: true };
  expect(() => validator.judge(bytes, 0, bytes.length - 1, request, 0)).toThrow(RangeError);
});

test('the schema of events has the leading keys as members that may be left out', () => {
  const schema = eventSchema(dataset(LEADING)) as { properties: Record<string, object>; required: string[] };
  expect(Object.keys(schema.properties)).toEqual(['id', 'at', 'n', 'deep', 'tenant', 'sub_site']);
  expect(schema.properties.tenant).toEqual({
    type: 'string',
    enum: ['acme', 'globex'],
    description: 'Partition key; may be given by the header lake-partition-tenant instead.',
  });
  expect(schema.properties.sub_site).toEqual({
    type: 'string',
    description: 'Partition key; may be given by the header lake-partition-sub-site instead.',
  });
  expect(schema.required).not.toContain('tenant');
});
