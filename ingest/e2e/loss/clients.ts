import { setTimeout as sleep } from 'node:timers/promises';
import { Dice } from '../../../test/support/dice';

/** What the clients know: the only truth that the lake is compared with. */
export interface Notes {
  /** Every event that was ever sent. */
  readonly sent: Set<string>;
  /** Events that a gateway said are durable. */
  readonly acknowledged: Set<string>;
  readonly counts: { requests: number; retries: number; unanswered: number; abandoned: number; again: number };
  readonly statuses: Map<number, number>;
}

export const newNotes = (): Notes => ({
  sent: new Set(),
  acknowledged: new Set(),
  counts: { requests: 0, retries: 0, unanswered: 0, abandoned: 0, again: 0 },
  statuses: new Map(),
});

export interface ClientOptions {
  readonly name: string;
  readonly seed: number;
  readonly urls: readonly string[];
  readonly token: string;
  readonly notes: Notes;
  /** True once no new batch is to begin. */
  readonly isOver: () => boolean;
  /** Until then unanswered batches are sent again; epoch milliseconds. */
  readonly giveUpAt: number;
}

const DAY_MS = 86_400_000;
/** Longer than the budget of a PUT: who gives up earlier would hardly ever see an answer while S3 is away. */
const ANSWER_MS = 8_000;

/**
 * A producer: sends batches of new events to any gateway, and again to another one until it is told that all of them are
 * durable. Sometimes it gives up, and sometimes it sends again what it had been told is durable.
 */
export async function runClient(options: ClientOptions): Promise<void> {
  const { name, notes, isOver } = options;
  const dice = new Dice(options.seed);
  let made = 0;
  let earlier: string | undefined;
  while (!isOver()) {
    const ids: string[] = [];
    const lines: string[] = [];
    for (let left = 1 + dice.below(40); left > 0; left -= 1) {
      made += 1;
      const event_id = `${name}-${made}`;
      // Three days, so that batches of several partitions are under way at the same time.
      const event_time = Date.now() - dice.below(3) * DAY_MS;
      ids.push(event_id);
      lines.push(JSON.stringify({ event_id, event_time, path: `/${name}`, status: 200, bytes: made }));
    }
    const body = lines.join('\n');
    for (const id of ids) notes.sent.add(id);
    if (await send(options, dice, body, dice.chance(0.02))) for (const id of ids) notes.acknowledged.add(id);
    if (earlier !== undefined && dice.chance(0.1)) {
      notes.counts.again += 1;
      await send(options, dice, earlier, true);
    }
    earlier = body;
    await sleep(dice.below(20));
  }
}

/** @returns whether every event of the batch was acknowledged */
async function send({ urls, token, notes, giveUpAt }: ClientOptions, dice: Dice, body: string, onlyOnce: boolean) {
  const { counts, statuses } = notes;
  for (let attempt = 0; ; attempt += 1) {
    counts.requests += 1;
    if (attempt > 0) counts.retries += 1;
    const url = urls[dice.below(urls.length)];
    try {
      const response = await fetch(`${url}/v1/datasets/access_logs/events`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      // Part of an answer is none.
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status === 200) return true;
      if (response.status !== 503 && response.status !== 429) throw new UnexpectedAnswer(`${response.status} ${text}`);
    } catch (error) {
      if (error instanceof UnexpectedAnswer) throw error;
      counts.unanswered += 1;
    }
    if (onlyOnce || Date.now() > giveUpAt) {
      counts.abandoned += 1;
      return false;
    }
    await sleep(20 + dice.below(200));
  }
}

class UnexpectedAnswer extends Error {}
