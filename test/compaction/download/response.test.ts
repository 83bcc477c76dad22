/** Responses that are read piece by piece, and as a whole, with the time of the test. */
import { Agent } from 'undici';
import { getWhole } from '../../../lambda/compaction/download/get-whole';
import {
  MAX_ERROR_BYTES,
  peek,
  type StreamedResponse,
  withResponse,
} from '../../../lambda/compaction/download/response';
import type { TransferWatch } from '../../../lambda/compaction/limits/transfer-watch';
import { type Answer, HostileServer } from '../support/hostile-server';

let server: HostileServer;
let agent: Agent;
beforeEach(() => {
  agent = new Agent();
});
afterEach(async () => {
  await agent.destroy();
  await server?.close();
});

/** A watch that tells what it is told, and gives up when the test says so. */
class Watched {
  bytes = 0;
  ended = 0;
  /** Whether somebody waits for the server. */
  isWaiting = true;
  giveUp: (error: Error) => void = () => undefined;
  readonly watch = {
    begin: (giveUp: (error: Error) => void) => {
      this.giveUp = giveUp;
      return {
        count: (bytes: number) => {
          this.bytes += bytes;
        },
        pause: () => {
          this.isWaiting = false;
        },
        resume: () => {
          this.isWaiting = true;
        },
        end: () => {
          this.ended++;
        },
      };
    },
  } as unknown as TransferWatch;
}

const request = () => ({ origin: server.origin, path: '/x', headers: {} });
const asked = async (): Promise<void> => {
  while (server.requests === 0) await new Promise((resolve) => setImmediate(resolve));
};

describe('piece by piece', () => {
  async function read<T>(
    answer: Answer,
    size: number,
    use: (response: StreamedResponse) => Promise<T>,
    watched = new Watched(),
  ): Promise<T> {
    server = await HostileServer.open(answer);
    return await withResponse(agent, request(), size, watched.watch, use);
  }
  const all = async ({ next }: StreamedResponse): Promise<string> => {
    let text = '';
    for (let piece = await next(); piece !== undefined; piece = await next()) text += piece;
    return text;
  };

  test('a body is read to its end, and only while somebody waits for it does time count', async () => {
    const watched = new Watched();
    let finish = (): void => undefined;
    const text = await read(
      (response) => {
        response.writeHead(200, { 'x-amz-version-id': 'v1' }).write('abc');
        finish = () => void response.end('def');
      },
      6,
      async (response) => {
        expect([response.status, response.versionId]).toEqual([200, 'v1']);
        expect(await response.next()).toEqual(Buffer.from('abc'));
        expect(watched.isWaiting).toBe(false);
        const rest = all(response);
        expect(watched.isWaiting).toBe(true);
        finish();
        return await rest;
      },
      watched,
    );
    expect(text).toBe('def');
    expect([watched.bytes, watched.ended > 0]).toEqual([6, true]);
  });

  test('of several versions the first is named, and none where none is', async () => {
    const version = (headers: Record<string, string | string[]>) =>
      read(
        (response) => void response.writeHead(200, headers).end(),
        0,
        async ({ versionId }) => versionId,
      );
    expect(await version({ 'x-amz-version-id': ['v1', 'v2'] })).toBe('v1');
    await server.close();
    expect(await version({})).toBeUndefined();
  });

  test.each([
    ['abc', 4, '3 of 4 bytes came'],
    ['', 1, '0 of 1 bytes came'],
    ['abcde', 4, 'more than the 4 bytes of the object came'],
  ])('a body of %p of an object of %i bytes is an error', async (body, size, message) => {
    await expect(read((response) => void response.writeHead(200).end(body), size, all)).rejects.toThrow(message);
  });

  test('the text of an error is all that comes, in how many pieces ever', async () => {
    const text = await read(
      (response) => {
        response.writeHead(403).write('<Code>');
        setImmediate(() => response.end('AccessDenied</Code>'));
      },
      1,
      (response) => response.text(),
    );
    expect(text).toBe('<Code>AccessDenied</Code>');
  });

  test('of a long text the beginning is enough, and its end is not waited for', async () => {
    const text = await read(
      (response) => {
        response.writeHead(403).write('x'.repeat(MAX_ERROR_BYTES + 1));
      },
      1,
      (response) => response.text(),
    );
    expect(text.length).toBe(MAX_ERROR_BYTES + 1);
    await server.allClosed();
  });

  test('of a text that breaks off, what came counts', async () => {
    const text = await read(
      (response) => void response.writeHead(503, { 'content-length': 9 }).write('abc', () => response.destroy()),
      1,
      (response) => response.text(),
    );
    expect(['', 'abc']).toContain(text);
  });

  test('one that is given up before its answer is an error, and ends the connection', async () => {
    const watched = new Watched();
    server = await HostileServer.open(() => undefined);
    const failure = expect(withResponse(agent, request(), 1, watched.watch, all)).rejects.toThrow('no progress');
    await asked();
    watched.giveUp(new Error('no progress'));
    await failure;
    await server.allClosed();
    expect(watched.ended).toBeGreaterThan(0);
  });

  test('one that is given up in its body is an error, and ends the connection', async () => {
    const watched = new Watched();
    const failure = read(
      (response) => void response.writeHead(200, { 'content-length': 9 }).write('abc'),
      9,
      async ({ next }) => {
        await next();
        watched.giveUp(new Error('no progress'));
        return await next();
      },
      watched,
    );
    await expect(failure).rejects.toThrow('no progress');
    await server.allClosed();
  });

  test('what its reader fails with is the error, and the connection ends', async () => {
    const failure = read(
      (response) => void response.writeHead(200, { 'content-length': 9 }).write('abc'),
      9,
      () => Promise.reject(new Error('of the reader')),
    );
    await expect(failure).rejects.toThrow('of the reader');
    await server.allClosed();
  });
});

describe('what a body begins with', () => {
  const peeked = async (...pieces: readonly string[]) => {
    const left = pieces.map((piece) => Buffer.from(piece));
    let asked = 0;
    const response = {
      next: async () => {
        asked++;
        return left.shift();
      },
    } as unknown as StreamedResponse;
    const { head, whole } = await peek(response);
    const before = asked;
    let text = '';
    for await (const piece of whole) text += piece;
    return { head: head.toString(), asked: before, text };
  };

  test.each([
    [[], '', 1],
    [['P'], 'P', 2],
    [['PAR'], 'PAR', 2],
    [['PAR1'], 'PAR1', 1],
    [['PAR1x', 'y'], 'PAR1x', 1],
    [['P', 'A', 'R', '1', 'x'], 'PAR1', 4],
    [['PAR', '1xyz', 'more'], 'PAR1xyz', 2],
  ])('of %j is %p, after %i pieces, and nothing is lost', async (pieces, head, count) => {
    expect(await peeked(...pieces)).toEqual({ head, asked: count, text: pieces.join('') });
  });
});

describe('as a whole', () => {
  async function get(answer: Answer, watched: Watched, size = 3) {
    server = await HostileServer.open(answer);
    return getWhole(agent, request(), size, watched.watch);
  }

  test('bytes are counted, and the end is told', async () => {
    const watched = new Watched();
    expect(await get((response) => void response.end('abc'), watched)).toEqual({
      status: 200,
      versionId: undefined,
      body: Buffer.from('abc'),
    });
    expect([watched.bytes, watched.ended > 0]).toEqual([3, true]);
  });

  test('of several versions the first is named', async () => {
    const headers = { 'x-amz-version-id': ['v1', 'v2'] };
    const { versionId } = await get((response) => void response.writeHead(200, headers).end('abc'), new Watched());
    expect(versionId).toBe('v1');
  });

  test.each([
    ['before its request is sent', false],
    ['before its answer', true],
  ])('one that is given up %s is an error, and ends the connection', async (_, isSent) => {
    const watched = new Watched();
    server = await HostileServer.open(() => undefined);
    const own = new Agent();
    const given = getWhole(own, request(), 3, watched.watch);
    const failure = expect(given).rejects.toThrow('no progress');
    if (isSent) await asked();
    watched.giveUp(new Error('no progress'));
    await failure;
    // Which waits for every request that has not ended.
    await own.close();
    await server.allClosed();
    expect(watched.ended).toBeGreaterThan(0);
  });

  test.each([
    [200, 'abc'],
    [200, 'abcd'],
  ])('a body as long as the object is one, and a byte more is none: %i %s', async (status, body) => {
    const given = get((response) => void response.writeHead(status).end(body), new Watched());
    if (body.length === 3) expect((await given).body.toString()).toBe(body);
    else await expect(given).rejects.toThrow('more than the 3 bytes of the object came');
  });

  test('the status of a refusal counts when its text is given up', async () => {
    const watched = new Watched();
    server = await HostileServer.open((response) => void response.writeHead(403).write('<Code>'));
    const given = getWhole(agent, request(), 3, watched.watch);
    while (watched.bytes === 0) await new Promise((resolve) => setImmediate(resolve));
    watched.giveUp(new Error('no progress'));
    expect(await given).toMatchObject({ status: 403, body: Buffer.from('<Code>') });
    await server.allClosed();
  });
});
