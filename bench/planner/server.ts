/**
 * An S3 endpoint that makes its answers up: LIST with a latency, and as little as a planner needs besides. A process of its
 * own, so that its processor time is not the planner's. Prints `listening <endpoint>`; GET /-/stats tells what it was asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { manifestFileCount } from '../../lambda/compaction/protocol/manifest';
import { dataFileKey } from '../../lambda/compaction/protocol/names';
import { digest, EVENTS, type Keyspace, partitionOf, rawName } from './inbox';

const PAGE = 1_000;

export interface Stats {
  lists: number;
  gets: number;
  /** LIST requests at one time, at most. */
  mostLists: number;
  /** Lines of the plan that was written last. */
  tasks: number;
}

/** Keys of a keyspace by their number, in the order of listings. */
class Keys {
  readonly #space: Keyspace;
  readonly #paths: readonly string[];
  readonly total: number;

  constructor(space: Keyspace) {
    this.#space = space;
    this.total = space.partitions * space.perPartition;
    this.#paths = Array.from({ length: space.partitions }, (_, index) => `${space.root}${partitionOf(index)}/`);
  }

  key(number: number): string {
    const partition = Math.floor(number / this.#space.perPartition);
    return this.#paths[partition] + this.#space.name(partition, number % this.#space.perPartition);
  }

  /** Number of the first key that is not before a text. */
  firstFrom(text: string): number {
    let low = 0;
    let high = this.total;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.key(middle) < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  contents(number: number): string {
    const { perPartition, size, time } = this.#space;
    const partition = Math.floor(number / perPartition);
    const index = number % perPartition;
    return (
      `<Contents><Key>${this.key(number)}</Key><LastModified>${time(partition).toISOString()}</LastModified>` +
      `<ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>${size(partition, index)}</Size>` +
      '<StorageClass>STANDARD</StorageClass></Contents>'
    );
  }
}

function listing(spaces: readonly { readonly keys: Keys; readonly root: string }[], query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter');
  const own = spaces.find(({ root }) => root.startsWith(prefix) || prefix.startsWith(root));
  const parts: string[] = [];
  let next: string | undefined;
  if (own !== undefined) {
    const { keys } = own;
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    let number = Math.max(keys.firstFrom(prefix), after === '' ? 0 : keys.firstFrom(`${after}\0`));
    for (let count = 0; number < keys.total; count++) {
      const key = keys.key(number);
      if (!key.startsWith(prefix)) break;
      if (count === PAGE) {
        next = keys.key(number - 1);
        break;
      }
      const slash = delimiter === '/' ? key.indexOf('/', prefix.length) : -1;
      if (slash < 0) parts.push(keys.contents(number++));
      else {
        const folder = key.slice(0, slash + 1);
        parts.push(`<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`);
        number = keys.firstFrom(`${folder.slice(0, -1)}0`);
      }
    }
  }
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    `<Name>bench</Name><Prefix>${prefix}</Prefix><MaxKeys>${PAGE}</MaxKeys><IsTruncated>${next !== undefined}</IsTruncated>` +
    (next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`) +
    `${parts.join('')}</ListBucketResult>`
  );
}

async function bodyOf(request: IncomingMessage): Promise<number> {
  let lines = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) for (const byte of chunk) if (byte === 10) lines++;
  return lines;
}

function serve(spaces: Parameters<typeof listing>[0], latency: number): void {
  const stats: Stats = { lists: 0, gets: 0, mostLists: 0, tasks: 0 };
  let now = 0;
  let lines = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const { searchParams: query } = url;
    const send = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): void =>
      void response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(text);
    if (url.pathname === '/-/stats') return send(200, JSON.stringify(stats));
    if (request.method === 'GET' && query.has('list-type')) {
      stats.lists++;
      stats.mostLists = Math.max(stats.mostLists, ++now);
      setTimeout(() => {
        now--;
        send(200, listing(spaces, query));
      }, latency);
      return;
    }
    if (request.method === 'GET') {
      stats.gets++;
      return send(404, '<Error><Code>NoSuchKey</Code><Message>made up</Message></Error>');
    }
    const count = await bodyOf(request);
    if (request.method === 'POST' && query.has('uploads')) {
      lines = 0;
      return send(200, '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
    }
    if (request.method === 'POST') {
      stats.tasks = lines;
      return send(200, '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>');
    }
    if (query.has('partNumber')) lines += count;
    else if (url.pathname.includes('/plans/')) stats.tasks = count;
    send(200, '', { etag: '"e"' });
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
  });
}

const [objects = 0, partitions = 0, latency = 0] = process.argv.slice(2).map(Number);
const perPartition = Math.ceil(objects / partitions);
const started = Date.now();
/** Bytes of a manifest of one file, by the rule by which the planner counts them. */
const lineBytes = 1 / manifestFileCount({ dataset: EVENTS, partition: partitionOf(0) }, 'curated', 1);
const pending: Keyspace = {
  root: 'raw/events/',
  partitions,
  perPartition,
  name: rawName,
  size: () => 10_000,
  time: (partition) => new Date(started - (partitions - partition) * 1_000),
};
/** Two files in each partition. In one of a hundred both are so small that they are to be merged. */
const FILES = 2;
const old = new Date(started - 30 * 86_400_000);
const dataKey = (partition: number, index: number): string =>
  dataFileKey({ dataset: EVENTS, partition: partitionOf(partition) }, `${index}${digest(partition).slice(1)}`, 0);
const data: Keyspace = {
  root: 'data/events/',
  partitions,
  perPartition: FILES,
  name: (partition, index) => dataKey(partition, index).split('/').at(-1) as string,
  size: (partition) => (partition % 100 === 0 ? 1e6 : 500e6),
  time: () => old,
};
const manifests: Keyspace = {
  root: 'manifests/events/',
  partitions,
  perPartition: 1,
  name: () => 'manifest',
  size: () => FILES * lineBytes,
  time: () => old,
};
serve(
  [pending, data, manifests].map((space) => ({ keys: new Keys(space), root: space.root })),
  latency,
);
