import { FindingsCollector } from '../../lambda/compaction/task/findings';

const field = (name: string, count = 1) => ({ name, count, similarTo: undefined });

test('undeclared names of all objects are added up, 100 of them by name, whatever they are', () => {
  const collector = new FindingsCollector();
  collector.addUnknownFields([field('host', 2), field('__proto__')], 3);
  for (let object = 0; object < 500; object++) {
    collector.addUnknownFields(
      Array.from({ length: 100 }, (_, index) => field(`${object}-${index}`)),
      1,
    );
  }
  collector.addUnknownFields([field('host', 5)], 0);
  const { unknownFields, otherUnknownFields } = collector.findings;
  expect(Object.keys(unknownFields)).toHaveLength(100);
  expect(unknownFields.host).toBe(7);
  expect(Object.entries(unknownFields)).toContainEqual(['__proto__', 1]);
  expect(otherUnknownFields).toBe(3 + 500 + 50_000 - 98);
  expect(collector.unknownFieldCount).toBe(7 + 1 + 3 + 500 + 50_000);
});

test('names are cut and cannot steer who reads them', () => {
  const collector = new FindingsCollector();
  collector.addUnknownFields([field(`a\u001b[31m\u009b\u202e\n${'x'.repeat(300)}`), field(`${'😀'.repeat(120)}`)], 0);
  expect(Object.keys(collector.findings.unknownFields)).toEqual([
    `a\\u001b[31m\\u009b\\u202e\\u000a${'x'.repeat(91)}...`,
    `${'😀'.repeat(100)}...`,
  ]);
});

test('the first event time outside of its partition is the example, and the hint names the likely cause', () => {
  const collector = new FindingsCollector();
  expect(collector.findings).not.toHaveProperty('outsidePartition');
  collector.addOutsidePartition({ rows: 2, epochSeconds: 1, example: '1970-01-21T14:51:57.600Z' });
  collector.addOutsidePartition({ rows: 9, epochSeconds: 0, example: '1999-01-01T00:00:00.000Z' });
  expect(collector.findings.outsidePartition).toEqual({
    example: '1970-01-21T14:51:57.600Z',
    hint: 'epoch seconds taken for milliseconds: the number times 1,000 lies in the partition',
  });
});

test('times of which none would lie in the partition as seconds may have other causes', () => {
  const collector = new FindingsCollector();
  collector.listeners.onOutsidePartition({ rows: 2, epochSeconds: 0, example: '1999-01-01T00:00:00.000Z' });
  expect(collector.findings.outsidePartition?.hint).toBe(
    'the event time or the path of the object is wrong; epoch seconds taken for milliseconds are the common cause of 1970',
  );
});

test('a converter tells the collector', () => {
  const collector = new FindingsCollector();
  collector.listeners.onUnknownFields([field('x', 2)], 3);
  expect(collector.findings).toEqual({ unknownFields: { x: 2 }, otherUnknownFields: 3 });
  expect(collector.unknownFieldCount).toBe(5);
});

test('a name that is known is counted though a hundred are', () => {
  const collector = new FindingsCollector();
  const names = Array.from({ length: 101 }, (_, index) => field(String(index)));
  collector.addUnknownFields(names, 0);
  collector.addUnknownFields([field('99'), field('100', 7)], 0);
  const { unknownFields, otherUnknownFields } = collector.findings;
  expect([unknownFields['99'], unknownFields['100'], otherUnknownFields]).toEqual([2, undefined, 8]);
});
