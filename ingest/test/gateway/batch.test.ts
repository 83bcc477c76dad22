import { Batch } from '../../gateway/commit/batch';

describe('the text of a batch', () => {
  const filled = (known?: ReadonlyMap<string, string>) => {
    const [one, two] = [Buffer.from('aa\nbb\ncc\ndd\n'), Buffer.from('ee\nff\n')];
    const batch = new Batch('p/', 'd');
    for (const [bytes, start, identity] of [
      [one, 0, 'a'],
      [one, 3, 'b'],
      [one, 9, undefined],
      [two, 0, 'e'],
      [two, 3, 'f'],
    ] as const) {
      batch.append(bytes, start, start + 3, identity, `content of ${identity}`);
    }
    batch.known = known;
    return { batch, one };
  };

  test('has the lines in their order, those of several requests, and counts them', () => {
    const { batch } = filled();
    expect([batch.events, batch.bytes]).toEqual([5, 15]);
    const { text, events } = batch.text();
    expect([text.toString(), events]).toEqual(['aa\nbb\ndd\nee\nff\n', 5]);
  });

  test.each<[string[], string, number]>([
    [['a'], 'bb\ndd\nee\nff\n', 4],
    [['b', 'e'], 'aa\ndd\nff\n', 3],
    [['a', 'b', 'e', 'f'], 'dd\n', 1],
    [['x', 'undefined'], 'aa\nbb\ndd\nee\nff\n', 5],
  ])('without those that are known: %j', (known, wanted, count) => {
    const { text, events } = filled(new Map(known.map((id) => [id, '']))).batch.text();
    expect([text.toString(), events]).toEqual([wanted, count]);
  });

  test('of all known is empty', () => {
    const batch = new Batch('p/', 'd');
    batch.append(Buffer.from('a\n'), 0, 2, 'a', '');
    batch.known = new Map([['a', '']]);
    expect(batch.text()).toEqual({ text: Buffer.alloc(0), events: 0 });
  });

  test('of adjacent lines of one request is copied nowhere', () => {
    const bytes = Buffer.from('aa\nbb\n');
    const batch = new Batch('p/', 'd');
    batch.append(bytes, 0, 3, undefined, '');
    batch.append(bytes, 3, 6, undefined, '');
    expect(batch.text().text.buffer).toBe(bytes.buffer);
  });

  test('the content is found by identity, also of what was appended after a look', () => {
    const { batch, one } = filled();
    expect(batch.contentOf('b')).toBe('content of b');
    batch.append(one, 6, 9, 'g', 'content of g');
    expect([batch.contentOf('g'), batch.contentOf('f')]).toEqual(['content of g', 'content of f']);
  });
});
