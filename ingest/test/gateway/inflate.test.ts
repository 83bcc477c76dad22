import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { GrowingBuffer } from '../../gateway/http/growing-buffer';
import { Inflater } from '../../gateway/http/inflate';
import { RefusedError } from '../../gateway/http/problems';

const LIMIT = 1_000_000;

interface Options {
  readonly subject?: string;
  readonly limit?: number;
  readonly room?: (bytes: number) => void;
  readonly pay?: (bytes: number) => void | Promise<void>;
}

const inflater = new Inflater();
const inflate = (body: Buffer, { subject = 's', limit = LIMIT, room = () => {}, pay = () => {} }: Options = {}) =>
  inflater.inflate(body, { subject, limit, room, pay });
const text = async (body: Buffer, options?: Options): Promise<string> =>
  (await inflate(body, options)).toString('latin1');

/** The refusal of a body, which is final. */
async function refusal(body: Buffer, options?: Options): Promise<unknown> {
  try {
    await inflate(body, options);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return error.problem;
  }
  return undefined;
}

const badBody = (detail: string) => ({ status: 400, code: 'bad-body', detail });
const tooLarge = (limit: number) => ({
  status: 413,
  code: 'too-large',
  detail: `the body inflates to more than ${limit} bytes`,
});

/** Text that gzip makes little shorter, so that it is inflated aside, by steps. */
const noise = (bytes: number): string => randomBytes(bytes).toString('latin1');
const zip = (content: string): Buffer => gzipSync(Buffer.from(content, 'latin1'));

describe.each<[string, string]>([
  ['small', 'a'.repeat(300)],
  ['small, but large when it is inflated', 'a'.repeat(500_000)],
  ['large', noise(100_000)],
])('a body that is %s', (_, content) => {
  const zipped = zip(content);

  test('is the same text as before, and a newline', async () => {
    expect(await text(zipped)).toBe(`${content}\n`);
  });

  test('may be as long as the limit, and not a byte longer', async () => {
    expect(await text(zipped, { limit: content.length })).toBe(`${content}\n`);
    expect(await refusal(zipped, { limit: content.length - 1 })).toEqual(tooLarge(content.length - 1));
  });

  test('may have several members, and nothing else behind them', async () => {
    expect(await text(Buffer.concat([zipped, zip('b')]))).toBe(`${content}b\n`);
    expect(await refusal(Buffer.concat([zipped, Buffer.alloc(1)]))).toEqual(
      badBody('other bytes follow the gzip data'),
    );
    expect(await refusal(Buffer.concat([zipped, Buffer.from('garbage')]))).toEqual(
      badBody('the gzip data is damaged: incorrect header check'),
    );
  });

  test('is refused when an end is missing, or a byte is wrong', async () => {
    const damage = expect.stringMatching(/^the gzip data is damaged: (?:unexpected end of file|incorrect data check)$/);
    expect(await refusal(zipped.subarray(0, -1))).toEqual(badBody(damage as unknown as string));
    const wrong = Buffer.from(zipped);
    wrong[wrong.length - 8] = (wrong.at(-8) as number) ^ 1;
    expect(await refusal(wrong)).toEqual(badBody('the gzip data is damaged: incorrect data check'));
  });

  test('has room for what is sent and what comes out, which is asked for before it is there', async () => {
    const asked: number[] = [];
    await inflate(zipped, { room: (bytes) => asked.push(bytes) });
    const aside = zipped.length > 4_096 || content.length > 65_536;
    expect(asked).toEqual([(aside ? zipped.length : 0) + content.length + 1]);
    const full = new Error('no room');
    const room = (): void => {
      throw full;
    };
    await expect(inflate(zipped, { room })).rejects.toBe(full);
  });

  test('is paid for by what is sent first, then by what it says it inflates to; a refusal of it is handed on', async () => {
    const paid: number[] = [];
    await inflate(zipped, { pay: (bytes) => void paid.push(bytes) });
    const aside = zipped.length > 4_096 || content.length > 65_536;
    expect(paid).toEqual([zipped.length, ...(aside ? [Math.max(zipped.length, content.length)] : [])]);
    for (const at of paid.keys()) {
      const poor = new Error('no tokens');
      let left = at;
      const pay = async (): Promise<void> => {
        if (left === 0) throw poor;
        left -= 1;
      };
      await expect(inflate(zipped, { pay })).rejects.toBe(poor);
    }
  });
});

test('what is no gzip at all is refused', async () => {
  for (const body of ['hello', 'x'.repeat(17), 'x'.repeat(18), 'x'.repeat(10_000)]) {
    expect(await refusal(Buffer.from(body))).toEqual(badBody('the gzip data is damaged: incorrect header check'));
  }
  for (const body of [Buffer.alloc(0), zip('a').subarray(0, 1)]) {
    expect(await refusal(body)).toEqual(badBody('the gzip data is damaged: unexpected end of file'));
  }
});

test('a body of 4,096 bytes is inflated at once, if it inflates to 65,536 at most; another one later', async () => {
  /** What is asked for room at once was inflated at once. */
  const isAtOnce = async (body: Buffer, limit = LIMIT): Promise<boolean> => {
    const rooms: number[] = [];
    const inflated = inflate(body, { limit, room: (bytes) => rooms.push(bytes) });
    await Promise.resolve();
    const atOnce = rooms.length > 0;
    await inflated;
    return atOnce;
  };
  // Noise cannot be compressed, so that its length decides that of the gzip; the name of a member fills the rest.
  const sized = (bytes: number): Buffer => {
    const zipped = zip(noise(4_000));
    const head = Buffer.from(zipped.subarray(0, 10));
    head[3] = 0x08;
    return Buffer.concat([head, Buffer.from(`${'n'.repeat(bytes - zipped.length - 1)}\0`), zipped.subarray(10)]);
  };
  expect([sized(4_096).length, sized(4_097).length]).toEqual([4_096, 4_097]);
  expect(await isAtOnce(sized(4_096))).toBe(true);
  expect(await isAtOnce(sized(4_097))).toBe(false);
  expect(await isAtOnce(zip('a'.repeat(65_536)))).toBe(true);
  expect(await isAtOnce(zip('a'.repeat(65_537)))).toBe(false);
});

test('bytes that the last member did not announce are paid for as they come, twice as many each time, up to the limit', async () => {
  const paid: number[] = [];
  // The last of them says that it holds one byte.
  const body = Buffer.concat([zip('a'.repeat(700_000)), zip('b')]);
  expect(await text(body, { pay: (bytes) => void paid.push(bytes) })).toBe(`${'a'.repeat(700_000)}b\n`);
  expect(paid.slice(0, 2)).toEqual([body.length, body.length]);
  const rest = paid.slice(2);
  expect(rest[0]).toBe(2 * 65_536);
  for (const [at, bytes] of rest.entries()) {
    if (at > 0) expect(bytes).toBeGreaterThan(2 * (rest[at - 1] as number));
  }
  expect(rest.at(-1)).toBe(Math.min(LIMIT, rest.at(-1) as number));
  expect(rest.length).toBeLessThan(6);
  paid.length = 0;
  await inflate(body, { limit: 700_001, pay: (bytes) => void paid.push(bytes) });
  expect(paid.at(-1)).toBe(700_001);
});

test('a length that cannot be true is not believed: neither more than the limit, nor more than gzip can hold', async () => {
  const claiming = (bytes: number): Buffer => {
    const body = zip('a'.repeat(300_000));
    body.writeUInt32LE(bytes, body.length - 4);
    return body;
  };
  const paid: number[] = [];
  const pay = (bytes: number): void => void paid.push(bytes);
  const body = claiming(4_000_000_000);
  expect(await refusal(body, { pay, limit: 320_000 })).toEqual(
    badBody('the gzip data is damaged: incorrect length check'),
  );
  expect(paid.slice(0, 2)).toEqual([body.length, 320_000]);
  paid.length = 0;
  await refusal(body, { pay, limit: 1_000_000_000 });
  expect(paid.slice(0, 2)).toEqual([body.length, 1_032 * body.length]);
});

test('of the large bodies one is inflated at a time, each subject in turn, and one that fails stops no other', async () => {
  const order: string[] = [];
  let running = 0;
  const run = (name: string, body: Buffer): Promise<unknown> => {
    let payments = 0;
    return inflate(body, {
      subject: name.slice(0, 1),
      pay: async () => {
        payments += 1;
        // The second is the first thing of its turn.
        if (payments !== 2) return;
        running += 1;
        expect(running).toBe(1);
        order.push(name);
        await nextTurn();
        running -= 1;
      },
    }).catch((error: unknown) => error);
  };
  const body = zip(noise(10_000));
  const all = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) =>
    run(name, name === 'a1' ? body.subarray(0, -1) : body),
  );
  const [first, ...others] = await Promise.all(all);
  // The first begins at once; those behind it wait for their turns.
  expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
  expect(first).toBeInstanceOf(RefusedError);
  for (const other of others) expect(other).toBeInstanceOf(Buffer);
  // And one that comes later begins by itself.
  expect(await run('d1', body)).toBeInstanceOf(Buffer);
});

describe('a buffer that grows', () => {
  const growing = (limit = 100) => {
    const asked: number[] = [];
    return { asked, buffer: new GrowingBuffer(limit, (bytes) => asked.push(bytes)) };
  };

  test('holds what came, in its order, and a newline; nothing is one newline, without any room', () => {
    const { asked, buffer } = growing();
    expect(buffer.length).toBe(0);
    expect(buffer.withNewline().toString()).toBe('\n');
    expect(asked).toEqual([]);
    for (const part of ['ab', '', 'c', 'def'.repeat(5)]) buffer.append(Buffer.from(part));
    expect(buffer.length).toBe(18);
    expect(buffer.withNewline().toString()).toBe(`abc${'def'.repeat(5)}\n`);
  });

  test('grows to twice its size, or to what is needed, never beyond its limit and the newline', () => {
    const { asked, buffer } = growing(30);
    const ten = Buffer.from('x'.repeat(10));
    buffer.append(ten);
    buffer.append(Buffer.from('y'));
    buffer.append(ten);
    buffer.append(Buffer.from('z'.repeat(9)));
    expect(asked).toEqual([11, 22, 31]);
    expect(buffer.withNewline()).toHaveLength(31);
  });

  test('does not grow while the newline still has its place', () => {
    const { asked, buffer } = growing();
    buffer.append(Buffer.from('abc'), 9);
    buffer.append(Buffer.from('defghi'), 9);
    expect(asked).toEqual([10]);
    buffer.append(Buffer.from('j'), 9);
    expect(asked).toEqual([10, 20]);
    expect(buffer.withNewline().toString()).toBe('abcdefghij\n');
  });

  test('what is expected is believed up to the limit, and what comes is taken in any case', () => {
    const { asked, buffer } = growing(8);
    buffer.append(Buffer.from('a'), 1_000);
    expect(asked).toEqual([9]);
    buffer.append(Buffer.from('b'.repeat(20)), 1_000);
    expect(asked).toEqual([9, 22]);
    expect(buffer.withNewline().toString()).toBe(`a${'b'.repeat(20)}\n`);
  });

  test('stays as it is when there is no room', () => {
    const buffer = new GrowingBuffer(100, (bytes) => {
      if (bytes > 4) throw new Error('no room');
    });
    buffer.append(Buffer.from('abc'));
    expect(() => buffer.append(Buffer.from('d'))).toThrow('no room');
    expect(buffer.length).toBe(3);
    expect(buffer.withNewline().toString()).toBe('abc\n');
  });
});
