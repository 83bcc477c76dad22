import { MAX_LINE_BYTES } from '../../lib/rows';
import { broken, mutate, numbers, read, SUBJECTS } from './fuzz';

const RUNS = 600;

describe.each(SUBJECTS)('$name', (subject) => {
  const { text } = subject;

  test('is accepted as it is', () => {
    expect(read(subject, text)).toMatchObject({ rejected: [] });
  });

  test('truncated at each byte, it gives what was whole, and a rejection of the rest', () => {
    for (let length = 0; length <= text.length; length++) {
      const bytes = text.subarray(0, length);
      expect([length, broken(subject, bytes, [length >> 1])]).toEqual([length, undefined]);
    }
  });

  test('is read alike wherever a chunk ends, and byte by byte', () => {
    for (let at = 0; at <= text.length; at++) expect([at, broken(subject, text, [at])]).toEqual([at, undefined]);
    expect(broken(subject, text, [...text.keys()])).toBeUndefined();
  });

  test('is not UTF-8 at one place: nothing else is lost', () => {
    for (let at = 0; at < text.length; at++) {
      const bytes = Buffer.from(text);
      bytes[at] = 0xff;
      expect([at, broken(subject, bytes, [at])]).toEqual([at, undefined]);
    }
  });

  test('whatever is done to it, no row is dropped or doubled', () => {
    const random = numbers(20_260_615);
    const next = (): number => random.next().value;
    for (let run = 0; run < RUNS; run++) {
      const bytes = mutate(text, next);
      const cuts = [next() % (bytes.length + 1), next() % (bytes.length + 1)];
      expect([run, bytes.toString('latin1'), broken(subject, bytes, cuts)]).toEqual([
        run,
        expect.anything(),
        undefined,
      ]);
    }
  });

  test('a field as long as a line may be, or longer, is refused or rejected in bounded time', () => {
    const at = text.indexOf('plain');
    const field = Buffer.alloc(MAX_LINE_BYTES + 1, 'x');
    const bytes = Buffer.concat([text.subarray(0, at), field, text.subarray(at)]);
    const cuts = Array.from({ length: 40 }, (_, index) => index * 1_000_000);
    expect(read(subject, bytes, cuts)).toMatch(/longer than|too long/);
  });
});
