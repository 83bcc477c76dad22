import type { RefusedObject } from '../../lambda/compaction/protocol/converter';
import { addRefused, NONE_REFUSED, type Refused } from '../../lambda/compaction/task/refusals';

const object = (name: string): RefusedObject => ({ key: name, etag: `"${name}"`, error: `HTTP 403 of ${name}` });

test('nothing is refused at first', () => {
  expect(NONE_REFUSED).toEqual({ objectsRefused: 0, objectsSetAside: 0, refusals: [] });
});

test('refusals of a transaction are added and logged, each with whether it is set aside', () => {
  const logged: unknown[] = [];
  const before: Refused = {
    objectsRefused: 5,
    objectsSetAside: 2,
    refusals: [{ key: 'x', error: 'y', setAside: true }],
  };
  const [a, b] = [object('a'), object('b')];
  const refusals = [
    { key: 'a', error: 'HTTP 403 of a', setAside: false },
    { key: 'b', error: 'HTTP 403 of b', setAside: true },
  ];
  expect(addRefused(before, [a, b], [b], { log: (...line) => void logged.push(line) })).toEqual({
    objectsRefused: 7,
    objectsSetAside: 3,
    refusals: [...before.refusals, ...refusals],
  });
  expect(logged).toEqual([
    ['warn', 'Raw object is refused', refusals[0]],
    ['warn', 'Raw object is set aside', refusals[1]],
  ]);
});

test('none changes nothing', () => {
  expect(addRefused(NONE_REFUSED, [], [])).toBe(NONE_REFUSED);
});

test('the first 20 are named, and all are counted', () => {
  const many = Array.from({ length: 25 }, (_, index) => object(String(index)));
  const refused = addRefused(addRefused(NONE_REFUSED, many.slice(0, 15), []), many.slice(15), []);
  expect(refused.objectsRefused).toBe(25);
  expect(refused.refusals.map(({ key }) => key)).toEqual(many.slice(0, 20).map(({ key }) => key));
});
