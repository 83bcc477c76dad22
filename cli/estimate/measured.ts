/** What this repository measured and an estimate is made of. Tests compare it with the pages that it is from. */
export const MEASURED = {
  /**
   * Processor seconds of planner and compactor for a GB of NDJSON in objects of 100 kB, sorted and deduplicated, and bytes
   * of NDJSON for each byte of Snappy Parquet: docs/benchmarks.md, 11.1 s and 132 MB for 0.992 GB.
   */
  compactCpuSecondsPerGB: 11.1 / 0.992,
  textPerParquetByte: 990 / 132,
  /** What of these seconds is the COPY. A merge reads Parquet instead of NDJSON, and takes no longer. */
  copyCpuSecondsPerGB: 4.1 / 0.992,
  /** Bytes of zstd for each of Snappy, the same rows: docs/guide.md, `codec`. */
  zstdShare: 2 / 3,
  /** Processor time of one GET: docs/decisions/fast-get-path.md. */
  getCpuSeconds: 239e-6,
  /** Start to first query: docs/decisions/duckdb.md. */
  startSeconds: 0.5,
  /** Of the planner: docs/scaling-lake.md#planner. */
  planCpuSecondsPerObject: 4e-6,
} as const;

/** What nobody measured. */
export const ASSUMED = {
  /** One LIST, in seconds: 60 to 100 ms on S3, as `npm run bench:planner` has it. */
  listSeconds: 0.06,
  /** Of all S3 requests those that reach KMS: with bucket keys, "up to 99%" less. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html */
  kmsShare: 0.01,
  /** Logs of a task: three log lines, and the events of its execution with their data. */
  logBytesPerTask: 10_000,
  logBytesPerRun: 20_000,
  /** A crawler uses two processing units. https://docs.aws.amazon.com/glue/latest/dg/add-crawler.html */
  crawlerUnits: 2,
  /** An Express execution of the query log: 64 MB for a second. */
  queryLogGBSeconds: 0.064,
  /** State transitions that a standard workflow may make a second, in the largest regions. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
  transitionsPerSecond: 5_000,
} as const;

/** What S3 takes of one prefix in a second. https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html */
export const PREFIX_LIMITS = { writes: 3_500, reads: 5_500 } as const;

/** A Lambda function has a processor for each so many MB. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MB_PER_PROCESSOR = 1_769;

/** How the lake is built. Tests count in templates, in the state machine and in the requests of a task. */
export const SHAPE = {
  plannerMiB: 1_769,
  includedStorageMiB: 512,
  alarmsPerDataset: 6,
  alarmsPerLake: 11,
  /** Metrics of the planner, which writes them in every run, and of tasks; one more is the lake's. */
  metrics: { planner: 5, tasks: 9 },
  /** Metrics, and as many alarms, that these settings of a dataset add. */
  watched: { freshness: 2, iceberg: 2 },
  keys: 2,
  dashboards: 1,
  /** State transitions: of a run that finds nothing, of one with tasks, of each task. Entering an execution counts as one. */
  transitions: { idle: 7, run: 10, task: 2 },
  /** S3 requests of a task, besides a GET for each object and a LIST for each 1,000. */
  taskRequests: { write: 10, read: 3 },
} as const;
