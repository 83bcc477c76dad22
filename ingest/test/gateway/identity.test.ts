import { type DatasetDefinition, parseDataset } from '../../../lib/dataset';
import { RowChecker } from '../../../lib/rows/row';
import { Identifier } from '../../gateway/events/identity';

/** What identifies events of a dataset with this key. */
function identifyBy(dedupe?: DatasetDefinition['dedupe']) {
  const dataset = parseDataset({
    name: 'orders',
    description: 'Orders.',
    input: { formats: ['ndjson'] },
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'line', type: 'int', notNull: dedupe?.key.includes('line') ?? false },
      { name: 'price', type: 'decimal(12,2)', notNull: dedupe?.key.includes('price') ?? false },
      { name: 'at', type: 'timestamp', notNull: true },
    ],
    eventTime: 'at',
    partition: { scheme: 'day', from: '2024-01-01', to: '2033-12-31' },
    ...(dedupe === undefined ? {} : { dedupe }),
  });
  const checker = new RowChecker(dataset.columns, { strict: true });
  const identifier = new Identifier(dataset, checker);
  return (
    text: string,
    {
      partition = 'day=1',
      subject = 'a',
      key,
      index = 0,
    }: Partial<Record<'partition' | 'subject' | 'key', string>> & {
      index?: number;
    } = {},
  ): string | undefined => {
    const bytes = Buffer.from(`${text.replace('{', '{"at":"2026-01-01T00:00:00Z",')}\n`);
    expect([text, checker.check(bytes, 0)]).toEqual([text, bytes.length - 1]);
    return identifier.identify(partition, { subject, key }, index, { bytes, start: 0, end: bytes.length - 1 });
  };
}

describe('with a dedupe key of one column', () => {
  const identify = identifyBy({ key: ['id'], keep: 'earliest' });

  test('events of one value are one, whoever sends them, and whatever else they hold', () => {
    expect(identify('{"id":"x","line":1}')).toBe(identify('{"id":"\\u0078","line":2}', { subject: 'b', key: 'k' }));
  });

  test('events of other values are others, and of other partitions too', () => {
    expect(identify('{"id":"x"}')).not.toBe(identify('{"id":"y"}'));
    expect(identify('{"id":"x"}')).not.toBe(identify('{"id":"x"}', { partition: 'day=2' }));
  });

  test('what is remembered of one is never longer than 160 characters, and stays what it is', () => {
    const ids = [1, 100, 145, 146, 147, 148, 160, 1_000, 100_000].flatMap((length) => [
      'x'.repeat(length),
      `${'x'.repeat(length - 1)}y`,
    ]);
    const identities = ids.map((id) => identify(JSON.stringify({ id })) ?? '');
    expect(new Set(identities).size).toBe(new Set(ids).size);
    for (const identity of identities) expect(identity.length).toBeLessThanOrEqual(160);
    expect(ids.map((id) => identify(JSON.stringify({ id })))).toEqual(identities);
    // Short ones are not hashed, which would cost more than to keep them.
    expect(identities[0]).toBe('orders/day=1/x');
  });
});

describe('with a dedupe key of two columns', () => {
  const identify = identifyBy({ key: ['id', 'line'], keep: 'earliest' });

  test('events are one only when both values are the same', () => {
    const all = [
      '{"id":"x","line":1}',
      '{"id":"x","line":2}',
      '{"id":"y","line":1}',
      '{"id":"x1","line":1}',
      '{"id":"x","line":11}',
    ];
    expect(new Set(all.map((text) => identify(text))).size).toBe(all.length);
    expect(identify('{"line":1,"id":"x","price":"1.50"}')).toBe(identify('{"id":"x","line":1}'));
  });

  test('values do not run into each other', () => {
    const texts = identifyBy({ key: ['id', 'line'], keep: 'earliest' });
    expect(texts('{"id":"x\\",1","line":1}')).not.toBe(texts('{"id":"x","line":11}'));
    expect(texts('{"id":"x,1","line":1}')).not.toBe(texts('{"id":"x","line":1}'));
  });
});

describe('with a decimal in the dedupe key', () => {
  const identify = identifyBy({ key: ['id', 'price'], keep: 'earliest' });

  test('texts are compared', () => {
    expect(identify('{"id":"x","price":"1.50"}')).toBe(identify('{"id":"x","price":"1.50","line":3}'));
    expect(identify('{"id":"x","price":"1.50"}')).not.toBe(identify('{"id":"x","price":"1.51"}'));
  });

  test('of numbers, two of which may be read as one, nothing is said: compaction decides', () => {
    expect(identify('{"id":"x","price":1.5}')).toBeUndefined();
    expect(identify('{"id":"x","price":1.5}', { key: 'k' })).toBeDefined();
  });
});

describe('without a dedupe key, and with one whose later rows replace earlier ones', () => {
  test.each([
    ['without', identifyBy()],
    ['with', identifyBy({ key: ['id'], keep: 'latest', by: 'at' })],
  ])('%s: an event is as often stored as it is sent', (_, identify) => {
    expect(identify('{"id":"x"}')).toBeUndefined();
  });

  test('with an Idempotency-Key all of it counts: subject, key, place in the request, partition and the event itself', () => {
    const identify = identifyBy();
    const base = identify('{"id":"x"}', { key: 'k' });
    expect(identify('{"id":"x"}', { key: 'k' })).toBe(base);
    const others = [
      identify('{"id":"x"}', { key: 'l' }),
      identify('{"id":"x"}', { key: 'k', subject: 'b' }),
      identify('{"id":"x"}', { key: 'k', index: 1 }),
      identify('{"id":"x"}', { key: 'k', partition: 'day=2' }),
      identify('{"id":"y"}', { key: 'k' }),
      identify('{"id": "x"}', { key: 'k' }),
    ];
    expect(new Set([base, ...others]).size).toBe(7);
  });
});
