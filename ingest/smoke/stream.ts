import type { SmokeContext } from '../../cli/smoke/context';
import { IngestClient } from '../../packages/ingest-client/src';
import { partitionHeader } from '../gateway/events/validator';
import { type Front, frontOf } from './front';
import { makeEvents, textOf, untilCommitted } from './send';

const EVERY_MILLIS = 200;
const LEAST_EVENTS = 20;
/** The load balancer notices within half a minute that an instance is gone; its own time-out is a minute. */
const LONGEST_SILENCE_MILLIS = 60_000;

/**
 * Sends events all the time while something happens to the tier, as a producer with the client would.
 *
 * @returns what it counted, once each acknowledged event was found in the curated zone
 * @throws Error when an event is not acknowledged in the end, when nothing is for a minute, or one is lost
 */
export async function whileSending(context: SmokeContext, happens: () => Promise<void>): Promise<string> {
  const front = await frontOf(context);
  const acknowledged: string[] = [];
  const failures: Error[] = [];
  let [last, silence] = [Date.now(), 0];
  const client = clientOf(front, (result) => {
    silence = Math.max(silence, Date.now() - last);
    last = Date.now();
    if ('error' in result) failures.push(result.error);
    else acknowledged.push(result.id);
  });
  let sent = 0;
  const sendOne = async (): Promise<void> => {
    const [event = {}] = makeEvents(front, 1);
    sent++;
    await client.add(JSON.parse(textOf(front, event)) as Record<string, unknown>);
  };
  let isOver = false;
  const stream = (async () => {
    while (!isOver || sent < LEAST_EVENTS) {
      await sendOne();
      await context.lake.sleep(EVERY_MILLIS);
    }
  })();
  try {
    await Promise.race([stream, happens()]);
  } finally {
    isOver = true;
    await stream.finally(() => client.close());
  }
  const [failure] = failures;
  if (failure !== undefined) {
    throw new Error(`${failures.length} events were not acknowledged meanwhile: ${failure.message}`);
  }
  if (silence > LONGEST_SILENCE_MILLIS)
    throw new Error(`nothing was acknowledged for ${Math.round(silence / 1000)} seconds`);
  await untilCommitted(context, acknowledged);
  return `${acknowledged.length} events were acknowledged meanwhile, and none is lost`;
}

const clientOf = (
  { url, token, dataset, leading, id }: Front,
  onResult: NonNullable<ConstructorParameters<typeof IngestClient>[0]['onResult']>,
): IngestClient =>
  new IngestClient({
    url,
    token,
    dataset: dataset.name,
    idField: id,
    lingerMs: 0,
    deliveryMs: 120_000,
    headers: Object.fromEntries(Object.entries(leading).map(([key, value]) => [partitionHeader(key), value])),
    onResult,
  });
