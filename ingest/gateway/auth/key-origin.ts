import { createReadStream } from 'node:fs';
import { MAX_SET_BYTES } from './key-set';

/** Time for the whole request, from connecting to the last byte. */
const LOAD_MS = 5_000;

/** Where the key set comes from. */
export interface KeyOrigin {
  /** @throws Error that says what went wrong; never waits longer than five seconds */
  load(): Promise<string>;
}

/** Redirects are not followed: whoever could set one up could supply other keys. */
export function urlOrigin(url: string): KeyOrigin {
  return {
    load: () =>
      within(async (signal) => {
        const response = await fetch(url, { redirect: 'manual', signal, headers: { accept: 'application/json' } });
        if (response.status === 200) return read(response.body ?? []);
        await response.body?.cancel();
        const target = response.headers.get('location');
        const hint =
          target === null ? '' : `, a redirect to ${JSON.stringify(target.slice(0, 200))}: set INGEST_JWKS to it`;
        throw new Error(`the issuer answers ${response.status}${hint}`);
      }),
  };
}

export function fileOrigin(path: string): KeyOrigin {
  return { load: () => within((signal) => read(createReadStream(path, { signal }))) };
}

async function read(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    // Leaving the loop ends the stream.
    if (bytes > MAX_SET_BYTES) throw new Error(`the key set is larger than ${MAX_SET_BYTES} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** A read that ignores the signal, such as of a named pipe without a writer, blocks nobody either. */
async function within(work: (signal: AbortSignal) => Promise<string>): Promise<string> {
  const abort = new AbortController();
  const error = new Error(`no key set within ${LOAD_MS / 1000} seconds`);
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(error);
      abort.abort(error);
    }, LOAD_MS);
  });
  try {
    return await Promise.race([work(abort.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}
