/**
 * What AWS charges, in USD: the one place where a price is written. List prices, without free tiers, discounts and taxes.
 * They were taken from the pages that `source` names and were not compared with a bill: a fork puts those of its region here.
 */
export const PRICE_LIST = { region: 'us-east-1', date: '2026-11-29' } as const;

/** A price and what it is for. */
export interface Price {
  /** USD for one `unit`. */
  readonly usd: number;
  readonly unit: string;
  /** Page of AWS that states it. */
  readonly source: string;
}

const page = (service: string): string => `https://aws.amazon.com/${service}/pricing/`;
const EC2 = 'https://aws.amazon.com/ec2/pricing/on-demand/';

/** What a calculation needs. Units are single ones: one request, one GB, one hour. GB is 10^9 bytes, unless said otherwise. */
export const PRICES = {
  /** Beyond 50 and 500 TB a month S3 costs 4% and 9% less. */
  s3Standard: { usd: 0.023, unit: 'GB (2^30 bytes) a month', source: page('s3') },
  /** PUT, COPY, POST and LIST. DELETE is free. */
  s3Write: { usd: 0.005 / 1_000, unit: 'request', source: page('s3') },
  s3Read: { usd: 0.0004 / 1_000, unit: 'request', source: page('s3') },
  kmsKey: { usd: 1, unit: 'key a month', source: page('kms') },
  kmsRequest: { usd: 0.03 / 10_000, unit: 'request', source: page('kms') },
  /** Beyond 7.5 thousand million GB-seconds a month 10% less. */
  lambdaArm64: { usd: 0.0000133334, unit: 'GB-second (2^30 bytes)', source: page('lambda') },
  lambdaX86: { usd: 0.0000166667, unit: 'GB-second (2^30 bytes)', source: page('lambda') },
  lambdaRequest: { usd: 0.2 / 1e6, unit: 'request', source: page('lambda') },
  /** Above the 512 MB that are included. */
  lambdaStorage: { usd: 0.0000000309, unit: 'GB-second (2^30 bytes) of ephemeral storage', source: page('lambda') },
  /** Of Standard workflows, which run the compaction. */
  stateTransition: { usd: 0.025 / 1_000, unit: 'transition', source: page('step-functions') },
  /** Of Express workflows, which write the query log. */
  expressRequest: { usd: 1 / 1e6, unit: 'request', source: page('step-functions') },
  expressDuration: { usd: 0.00001667, unit: 'GB-second', source: page('step-functions') },
  athenaScan: { usd: 5, unit: 'TB (10^12 bytes) scanned', source: page('athena') },
  metric: { usd: 0.3, unit: 'custom metric a month', source: page('cloudwatch') },
  alarm: { usd: 0.1, unit: 'alarm a month', source: page('cloudwatch') },
  /** The first three of an account are free. */
  dashboard: { usd: 3, unit: 'dashboard a month', source: page('cloudwatch') },
  logIngestion: { usd: 0.5, unit: 'GB', source: page('cloudwatch') },
  logStorage: { usd: 0.03, unit: 'GB a month', source: page('cloudwatch') },
  /** Tables cost nothing below a million, and partitions are projected: the catalog holds none. */
  crawlerDpuHour: { usd: 0.44, unit: 'DPU-hour', source: page('glue') },
  secret: { usd: 0.4, unit: 'secret a month', source: page('secrets-manager') },
  c7gMedium: { usd: 0.0363, unit: 'hour', source: EC2 },
  gp3: { usd: 0.08, unit: 'GB a month', source: page('ebs') },
  publicAddress: { usd: 0.005, unit: 'IPv4 address an hour', source: page('vpc') },
  loadBalancer: { usd: 0.0225, unit: 'hour', source: page('elasticloadbalancing') },
  interfaceEndpoint: { usd: 0.01, unit: 'endpoint and zone an hour', source: page('privatelink') },
  natGateway: { usd: 0.045, unit: 'hour', source: page('vpc') },
  valkeyT4gSmall: { usd: 0.0256, unit: 'node an hour', source: page('elasticache') },
  wafAcl: { usd: 5, unit: 'web ACL a month', source: page('waf') },
  wafRule: { usd: 1, unit: 'rule a month', source: page('waf') },
  wafRequest: { usd: 0.6 / 1e6, unit: 'request', source: page('waf') },
  tokenClient: { usd: 6, unit: 'app client a month', source: page('cognito') },
  tokenRequest: { usd: 2.25 / 1_000, unit: 'token', source: page('cognito') },
} as const satisfies Readonly<Record<string, Price>>;

/** At least so many bytes are billed for each query. A megabyte counts as 1,000,000 bytes, as in the limit of a workgroup. */
export const ATHENA_MINIMUM_BYTES = 10_000_000;
/** A crawl is billed for at least so long. */
export const CRAWL_MINIMUM_HOURS = 10 / 60;
/** Of a month, as AWS's own calculator counts. */
export const HOURS_PER_MONTH = 730;
export const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;

/** What the lake writes as GB of memory and of storage. */
export const GIB = 2 ** 30;

/** Dollars for what Athena scans. */
export const scanDollars = (bytes: number): number => (bytes * PRICES.athenaScan.usd) / 1e12;
