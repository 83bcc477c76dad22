import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { generate } from '../../cli/generate';
import type { GeneratedFile } from '../../cli/generate/files';
import { spanOf } from '../../cli/generate/rows';
import type { PostedCounts, PostRows } from '../../cli/posted';
import { asEvents, DAY_MS, HOUR_MS, type PartitionValues } from '../../lib/dataset';
import { partitionHeader } from '../gateway/events/validator';
import { startLocalGateway } from './gateway';

const compress = promisify(gzip);
const IN_FLIGHT = 24;
const MINUTE_MS = 60_000;
const MOST_ATTEMPTS = 20;

/**
 * Sends generated rows through the gateway, each file as one NDJSON request, as producers would. Broken lines are
 * told to the sender instead of going to quarantine, and repeated ones mostly do not reach the raw zone.
 *
 * @throws Error when the gateway does not account for every line
 */
export const postGenerated: PostRows = async (loader, rows, progress) => {
  const { lake, dataset } = loader;
  const { firstDay, days } = spanOf(dataset);
  const variables = {
    INGEST_PORT: '0',
    INGEST_RATE_PER_SECOND: '10000000',
    INGEST_RATE_BURST: '100000000',
  };
  // The generated days are always the same ones, of any century, past or future.
  const window = {
    pastHours: Math.max(1, Math.ceil((Date.now() - firstDay) / HOUR_MS) + 24),
    futureMinutes: Math.max(0, Math.ceil((firstDay + days * DAY_MS - Date.now()) / MINUTE_MS)),
  };
  const { gateway, token } = await startLocalGateway(lake, variables, window);
  const url = `${gateway.url}/v1/datasets/${dataset.name}/events`;
  const posted = { requests: 0, stored: 0, duplicates: 0, conflicts: 0, rejected: 0 };
  let done = 0;
  const post = async (file: GeneratedFile): Promise<void> => {
    const counts = await postLines(url, token, file.leading, await compress(`${file.lines.join('\n')}\n`));
    const { stored, duplicates, conflicts, rejected } = counts;
    if (stored + duplicates + conflicts + rejected !== file.lines.length) {
      throw new Error(`${file.name}: of ${file.lines.length} lines the gateway accounts for ${JSON.stringify(counts)}`);
    }
    posted.requests += 1;
    posted.stored += stored;
    posted.duplicates += duplicates;
    posted.conflicts += conflicts;
    posted.rejected += rejected;
    done += file.lines.length;
    progress.update(done / rows);
  };
  // Events have names and forms of their own, whatever those of files are.
  const columns = asEvents(dataset.columns);
  const { files: generator } = generate({ ...dataset, columns }, rows, 'ndjson');
  const worker = async (): Promise<void> => {
    for (let next = generator.next(); next.done !== true; next = generator.next()) await post(next.value);
  };
  try {
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  } finally {
    await gateway.stop();
  }
  return { files: posted.requests, alreadyTaken: 0, posted };
};

async function postLines(
  url: string,
  token: string,
  leading: PartitionValues,
  body: Buffer,
): Promise<Omit<PostedCounts, 'requests'>> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-ndjson',
        'content-encoding': 'gzip',
        ...Object.fromEntries(Object.entries(leading).map(([key, value]) => [partitionHeader(key), value])),
      },
    });
    const text = await response.text();
    if ([200, 207, 409, 422].includes(response.status)) return JSON.parse(text) as PostedCounts;
    if (![429, 503].includes(response.status) || attempt === MOST_ATTEMPTS) {
      throw new Error(`the gateway answered ${response.status}: ${text}`);
    }
    await sleep(Number(response.headers.get('retry-after') ?? 1) * 1000);
  }
}
