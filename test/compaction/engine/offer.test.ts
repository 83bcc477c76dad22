/** Which objects of a batch are loaded together, while some change, are refused, or are too many. */

import type { Loaded } from '../../../lambda/compaction/download/loader';
import { Offer } from '../../../lambda/compaction/engine/checked-load';
import type { LoadedInput } from '../../../lambda/compaction/protocol/converter';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';

const ALL: readonly ObjectInfo[] = ['a', 'b', 'c', 'd', 'e'].map((key, index) => ({
  key,
  etag: `"${key}"`,
  size: index,
  lastModified: new Date(0),
}));
const named = (name: string): ObjectInfo => ALL.find(({ key }) => key === name) as ObjectInfo;
const names = (objects: readonly { readonly key: string }[]): string => objects.map(({ key }) => key).join('');

const inputOf = ({ key, etag, size }: ObjectInfo): LoadedInput => ({
  key,
  etag,
  size,
  versionId: undefined,
  accepted: 1,
  rejected: [],
});
/** What comes of loading objects. */
const settled = (offer: Offer, loaded: string, complete = true): { inputs: string; complete: boolean } => {
  const objects = [...loaded].map((name, id) => ({ id, object: named(name) })) as unknown as Loaded['objects'];
  const { inputs, ...rest } = offer.settle(
    objects.map(({ object }) => inputOf(object)),
    { objects, complete, refused: [], segments: [] },
  );
  return { inputs: names(inputs), ...rest };
};

test('all objects are offered, or the first of them', () => {
  expect(names(new Offer(ALL, Number.POSITIVE_INFINITY).objects)).toBe('abcde');
  const offer = new Offer(ALL, 2);
  expect([names(offer.objects), offer.most]).toEqual(['ab', 2]);
});

test('what is left out or refused makes room for the next', () => {
  const offer = new Offer(ALL, 2);
  offer.leaveOut(named('a'));
  expect(names(offer.objects)).toBe('bc');
  offer.refuse(named('c'), 'too many', 'v1');
  expect(names(offer.objects)).toBe('bd');
  expect(offer.most).toBe(2);
});

test('half of what is offered is what is offered next, one at least', () => {
  const offer = new Offer(ALL, Number.POSITIVE_INFINITY);
  offer.halve();
  expect([names(offer.objects), offer.most]).toEqual(['ab', 2]);
  offer.halve();
  offer.halve();
  expect([names(offer.objects), offer.most]).toEqual(['a', 1]);
});

describe('the batch that is settled', () => {
  test('is complete where all were loaded', () => {
    expect(settled(new Offer(ALL, 5), 'abcde')).toEqual({ inputs: 'abcde', complete: true });
    expect(settled(new Offer(ALL, 9), 'abcde', false)).toEqual({ inputs: 'abcde', complete: false });
    expect(settled(new Offer(ALL, 4), 'abcd')).toEqual({ inputs: 'abcd', complete: false });
    const offer = new Offer(ALL, 4);
    offer.leaveOut(named('b'));
    expect(settled(offer, 'acde')).toEqual({ inputs: 'acde', complete: true });
  });

  test('has those that were refused in their places', () => {
    const offer = new Offer(ALL, 9);
    offer.refuse(named('b'), 'too many', 'v1');
    offer.leaveOut(named('d'));
    expect(settled(offer, 'ace')).toEqual({ inputs: 'abce', complete: true });
    const { inputs } = offer.settle([], { objects: [], complete: true, refused: [], segments: [] });
    expect(inputs).toEqual([
      { key: 'b', etag: '"b"', size: 1, versionId: 'v1', accepted: 0, rejected: [], unreadable: 'too many' },
    ]);
  });

  test('has of these only those up to the last that was loaded, where it is not complete', () => {
    const offer = new Offer(ALL, 2);
    offer.refuse(named('a'), 'x', undefined);
    offer.refuse(named('e'), 'x', undefined);
    expect(settled(offer, 'bc')).toEqual({ inputs: 'abc', complete: false });
    expect(settled(offer, 'b', false)).toEqual({ inputs: 'ab', complete: false });
    // Nothing was loaded: those that were refused are what comes of it.
    expect(settled(offer, '', false)).toEqual({ inputs: 'ae', complete: false });
    offer.halve();
    offer.refuse(named('b'), 'x', undefined);
    expect(settled(offer, 'c')).toEqual({ inputs: 'abc', complete: false });
  });
});
