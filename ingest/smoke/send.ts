import { type OutgoingHttpHeaders, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { lineOf } from '../../cli/generate/lines';
import { Random } from '../../cli/generate/random';
import { RowMaker, type Value } from '../../cli/generate/values';
import { Skipped } from '../../cli/smoke/check';
import { untilTaken } from '../../cli/smoke/checks/compaction';
import { askCommitted } from '../../cli/smoke/committed';
import { runCompaction } from '../../cli/smoke/compaction-run';
import type { SmokeContext } from '../../cli/smoke/context';
import { asEvents, partitionInterval } from '../../lib/dataset';
import { quoteIdentifier, quoteText } from '../../lib/dataset/duckdb-types';
import { partitionHeader } from '../gateway/events/validator';
import { type Front, frontOf, ingestOf } from './front';

export type Event = Readonly<Record<string, Value>>;

export interface Answered {
  readonly status: number;
  readonly text: string;
}

const REQUEST_MILLIS = 30_000;

/** A request of this process, with these headers and no others but Host, Connection and the length. */
export async function send(
  context: SmokeContext,
  path: string,
  headers: OutgoingHttpHeaders = {},
  body?: Buffer,
): Promise<Answered> {
  const { url } = await frontOf(context);
  const request = url.startsWith('https:') ? overHttps : overHttp;
  try {
    return await new Promise<Answered>((resolve, reject) => {
      const sent = request(`${url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': body.length }) },
        timeout: REQUEST_MILLIS,
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${REQUEST_MILLIS / 1000} seconds`)));
      sent.on('error', reject);
      sent.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
        );
      });
      sent.end(body);
    });
  } catch (error) {
    throw unreachable(context, url, error);
  }
}

/** A load balancer without public addresses answers within its network alone, which is no fault of it. */
function unreachable(context: SmokeContext, url: string, error: unknown): unknown {
  const { internetFacing, allowedCidrs } = ingestOf(context);
  const reason = error instanceof Error ? error.message : String(error);
  if (!internetFacing) {
    return new Skipped(
      `${url} does not answer here (${reason}), and the load balancer has no public address: run this in its network, such as ` +
        'in a CloudShell environment in the VPC',
    );
  }
  return new Error(
    `${url} does not answer (${reason}): does its name resolve, and is this machine in ${allowedCidrs.join(', ')}?`,
  );
}

/** Headers of a producer. */
export const headersOf = async (
  { token, leading }: Front,
  type = 'application/x-ndjson',
): Promise<OutgoingHttpHeaders> => ({
  'content-type': type,
  'user-agent': 'lake-smoke',
  authorization: `Bearer ${await token()}`,
  ...Object.fromEntries(Object.entries(leading).map(([key, value]) => [partitionHeader(key), value])),
});

let made = 0;

/** Events of the dataset, each with an id of its own. */
export function makeEvents({ dataset, partition, time, id, mark }: Front, count: number): readonly Event[] {
  const columns = asEvents(dataset.columns);
  const random = new Random(Date.now());
  const maker = new RowMaker({ ...dataset, columns }, random);
  const latest = partitionInterval(dataset, partition).end.getTime() - 1;
  return Array.from({ length: count }, (_, index) => ({
    ...maker.row(random, Math.min(time + index, latest)),
    [id]: `${mark}${made++}`,
  }));
}

/** As JSON, in the form that the gateway takes. */
export const textOf = ({ dataset }: Front, event: Event): string =>
  lineOf({ ...dataset, columns: asEvents(dataset.columns) }, 'ndjson', event);

export const eventsPath = ({ dataset }: Front): string => `/v1/datasets/${dataset.name}/events`;

/** @throws Error unless every event is acknowledged as stored */
export function expectStored({ status, text }: Answered, count: number, what: string): void {
  if (status === 200 && countOf(text) === count) return;
  throw new Error(`${what}: ${status} instead of 200 with ${count} stored: ${text.slice(0, 300)}`);
}

function countOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly stored?: unknown }).stored;
  } catch {
    return undefined;
  }
}

/**
 * Compacts, and reads what became of events.
 *
 * @param column whose values are read. @default the ids
 * @returns by id
 * @throws Error when one is missing, or there more than once
 */
export async function untilCommitted(
  context: SmokeContext,
  ids: readonly string[],
  column?: string,
): Promise<ReadonlyMap<string, string | undefined>> {
  const { dataset, partition, id, mark } = await frontOf(context);
  await runCompaction(context, [dataset.name]);
  await untilTaken(context, partition, dataset.name);
  const read = column ?? id;
  const rows = await askCommitted(
    context.lake,
    dataset,
    partition,
    [id, read],
    (files) =>
      `SELECT ${quoteIdentifier(id)} AS id, CAST(${quoteIdentifier(read)} AS VARCHAR) AS value FROM ${files} ` +
      `WHERE starts_with(${quoteIdentifier(id)}, ${quoteText(mark)})`,
  );
  const found = new Map<string, string | undefined>();
  const twice: string[] = [];
  for (const row of rows) {
    if (found.has(String(row.id))) twice.push(String(row.id));
    found.set(String(row.id), typeof row.value === 'string' ? row.value : undefined);
  }
  const missing = ids.filter((one) => !found.has(one));
  if (missing.length > 0) {
    throw new Error(
      `of ${ids.length} acknowledged events, ${missing.length} are not in ${partition}, such as ${missing[0]}`,
    );
  }
  if (twice.length > 0) throw new Error(`${twice.length} events are there twice, such as ${twice[0]}`);
  return found;
}
