import { type EventResult, IngestClient, type IngestClientOptions } from '../../src';
import { type GatewayStandIn, type StandInOptions, standIn } from './gateway-stand-in';

/** A client that hardly waits, before a stand-in of the gateway. */
export async function open(
  server: StandInOptions = {},
  options: Partial<IngestClientOptions> = {},
): Promise<{ gateway: GatewayStandIn; client: IngestClient; results: EventResult[] }> {
  const gateway = await standIn(server);
  const results: EventResult[] = [];
  const client = new IngestClient({
    url: gateway.url,
    dataset: 'access_logs',
    token: () => 'token',
    lingerMs: 1,
    backoffMs: 1,
    longestBackoffMs: 5,
    onResult: (result) => results.push(result),
    ...options,
  });
  return { gateway, client, results };
}

/** What it failed with. */
export const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error: unknown) => error,
  );

/** A transport that answers nothing until it is aborted, be it before it begins. */
export const hanging: typeof fetch = (_url, init) =>
  new Promise((_, reject) => {
    const end = (): void => reject(init?.signal?.reason);
    if (init?.signal?.aborted === true) end();
    else init?.signal?.addEventListener('abort', end);
  });
