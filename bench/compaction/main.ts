/** `npm run bench:compaction`: the whole compaction of many small files against one DuckDB COPY of the same data. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { flag, runProgram, text, type ValuesOf, wholeNumber } from '../../cli/program';
import { Supervisor } from '../../e2e/tools/supervisor';
import type { Measured } from './child';
import { dollarsOf } from './dollars';
import { mb, median, ratio, say, table } from './figures';
import { bundleChild, child, generate, served, workFolder } from './harness';
import { installPeers, type Peer } from './peers';

const PROGRAM = {
  name: 'npm run bench:compaction',
  does: 'Measures the whole compaction of many small files against one DuckDB COPY of the same data.',
  options: {
    objects: wholeNumber('small gzip NDJSON objects of 200 rows, about 100 KB uncompressed', { default: 10_000 }),
    runs: wholeNumber('runs of each; medians are printed', { default: 3 }),
    peers: flag(
      'measure Polars, DuckDB with httpfs and PySpark at the same job too, and the parts of it that nobody can leave out; installs them (needs Python 3; PySpark needs Java, Maven and 700 MB)',
    ),
    large: flag('measure as many rows in a fiftieth of the objects too, and the merge of Parquet files'),
    memory: flag(
      'measure peak memory too: of a partition, of one ten times as large, and of the largest files (with 10,000 objects: 15 GB of logs, about ten minutes)',
    ),
    json: text('FILE', 'write the figures as JSON'),
  },
};

const ROWS_AN_OBJECT = 200;
const VARIANTS = ['plain', 'sorted and deduplicated'] as const;

async function main(options: ValuesOf<typeof PROGRAM>): Promise<number> {
  const { objects, runs, json } = options;
  const directory = await mkdtemp(path.join(workFolder(), 'bench-compaction-'));
  const supervisor = new Supervisor();
  try {
    await bundleChild();
    const peers = options.peers ? await installPeers(supervisor) : [];
    const report = {
      machine: { processors: availableParallelism(), model: cpus()[0]?.model, node: process.version },
      throughput: await throughput(directory, objects, runs, peers),
      parts: options.peers ? await parts(directory, runs) : undefined,
      large: options.large ? await large(directory, objects, runs) : undefined,
      memory: options.memory ? await memory(directory, objects) : undefined,
    };
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    return 0;
  } finally {
    await supervisor.close();
    await rm(directory, { recursive: true, force: true });
  }
}

const OURS = 'planner and compactor, S3 to S3';
const BOUND = 'one DuckDB COPY of one local file (the bound)';

async function throughput(directory: string, objects: number, runs: number, peers: readonly Peer[]) {
  const single = path.join(directory, 'single.ndjson');
  const size = await generate(objects, ROWS_AN_OBJECT, directory, single);
  say(`${objects} objects, ${mb(size.raw)} of NDJSON, ${mb(size.stored)} as gzip; ${runs} runs, medians\n`);
  const results = [];
  for (const variant of VARIANTS) {
    const measured = await compared(directory, single, variant, runs, variant === 'plain' ? peers : []);
    results.push({ variant, objects, ...size, ...measured });
    if (variant === 'plain') say(dollarsOf(measured.lake, size, objects));
  }
  return results;
}

/** All take turns, so that a slow minute of the machine slows each of them. */
async function compared(
  directory: string,
  single: string,
  variant: (typeof VARIANTS)[number],
  runs: number,
  peers: readonly Peer[],
) {
  const bound: Measured[] = [];
  const lake: Measured[] = [];
  const others = new Map(peers.map((peer) => [peer, [] as Measured[]]));
  for (let run = 0; run < runs; run++) {
    bound.push(await child(['bound', variant, single, directory]));
    lake.push(await compaction(directory, variant));
    for (const [peer, measured] of others) {
      if (run === 0 || peer.runs === 'all') measured.push(await served(directory, (endpoint) => peer.run(endpoint)));
    }
  }
  say(`${variant}:`);
  const named = [...others].map(([{ name }, measured]) => ({ name, runs: measured }));
  table([{ name: BOUND, runs: bound }, { name: OURS, runs: lake }, ...named]);
  say(`speed of the bound that is reached: ${ratio(bound, lake, ({ seconds }) => seconds)}`);
  for (const { name, runs: measured } of named) {
    const ours = lake.slice(0, measured.length);
    say(`wall time by that of ${name}: ${ratio(ours, measured, ({ seconds }) => seconds)}`);
    say(`CPU time by that of ${name}: ${ratio(ours, measured, ({ cpuSeconds }) => cpuSeconds)}`);
  }
  say('');
  return {
    bound,
    lake,
    peers: named,
    ratio: median(bound.map((one, run) => one.seconds / (lake[run] as Measured).seconds)),
  };
}

/** What whoever does the job cannot leave out: to get the objects, to inflate them, to turn their lines into Parquet. */
async function parts(directory: string, runs: number) {
  const objects = path.join(directory, 'objects');
  const get: Measured[] = [];
  const inflate: Measured[] = [];
  for (let run = 0; run < runs; run++) {
    get.push(await served(directory, (endpoint) => child(['get'], { AWS_ENDPOINT_URL_S3: endpoint })));
    inflate.push(await child(['inflate', objects]));
  }
  say('parts that nobody can leave out, beside the COPY:');
  table([
    { name: 'GET of every object, nothing else', runs: get },
    { name: 'gunzip of every object, one thread', runs: inflate },
  ]);
  say('');
  return { get, inflate };
}

async function large(directory: string, objects: number, runs: number) {
  const count = Math.max(1, Math.round(objects / 50));
  const single = path.join(directory, 'single.ndjson');
  const size = await generate(count, 50 * ROWS_AN_OBJECT, directory, single);
  say(`${count} objects, ${mb(size.raw)} of NDJSON, ${mb(size.stored)} as gzip`);
  const fewer = await compared(directory, single, 'plain', runs, []);
  const folder = path.join(directory, 'objects');
  await child(['divide', single, folder, String(count)]);
  const bound: Measured[] = [];
  const merge: Measured[] = [];
  for (let run = 0; run < runs; run++) {
    bound.push(await child(['merge-bound', folder]));
    merge.push(await served(directory, (endpoint) => child(['merge'], { AWS_ENDPOINT_URL_S3: endpoint })));
  }
  say(`${count} Parquet files into one:`);
  table([
    { name: 'one DuckDB COPY of local files (the bound)', runs: bound },
    { name: 'the merge of a compactor, from S3', runs: merge },
  ]);
  say(`speed of the bound that is reached: ${ratio(bound, merge, ({ seconds }) => seconds)}\n`);
  await rm(single);
  return { ...size, ...fewer, merge: { bound, merge } };
}

/** What must stay flat: a partition, one ten times as large, and transactions as large as a target of 512 MiB allows. */
const MEMORY_CASES = [
  { name: 'a partition', rows: ROWS_AN_OBJECT, environment: {} },
  { name: 'one ten times as large', rows: 10 * ROWS_AN_OBJECT, environment: {} },
  {
    name: 'one whose files are as large as they get',
    rows: 4 * ROWS_AN_OBJECT,
    environment: { COMPACTION_LOCAL_MIB: '4608' },
  },
];

async function memory(directory: string, objects: number) {
  const results = [];
  for (const { name, rows, environment } of MEMORY_CASES) {
    // Larger objects, not more of them: the partition grows, the number of requests does not.
    const size = await generate(objects, rows, directory, undefined);
    const measured = await compaction(directory, 'sorted and deduplicated', environment);
    say(`${name}, ${mb(size.raw)} of NDJSON:`);
    table([{ name: OURS, runs: [measured] }]);
    results.push({ name, ...size, ...measured });
  }
  return results;
}

const compaction = (
  directory: string,
  variant: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Measured> =>
  served(directory, (endpoint) => child(['lake', variant], { ...variables, AWS_ENDPOINT_URL_S3: endpoint }));

runProgram(PROGRAM, main);
