import { DATASET_METRICS, Metrics, type ShedReason } from '../../gateway/telemetry/metrics';

/** Metrics of a process that holds 5 bytes, and whose keys are 7.4 seconds old. */
const start = (): Metrics =>
  new Metrics(
    () => 5,
    () => 7.4,
  );

/** The metrics of the gateway itself, without those of Node.js. */
const own = async (metrics: Metrics): Promise<readonly string[]> =>
  (await metrics.text()).split('\n').filter((line) => /^(?:# (?:HELP|TYPE) )?ingest_/.test(line));

/** Samples of one metric. */
const samples = async (metrics: Metrics, name: string): Promise<readonly string[]> =>
  (await own(metrics)).filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

describe('for Prometheus', () => {
  test('every metric has its name, its type and a text that says what it counts', async () => {
    const described = (await own(start())).filter((line) => line.startsWith('#'));
    expect(described).toEqual([
      '# HELP ingest_events_total Events by what became of them',
      '# TYPE ingest_events_total counter',
      '# HELP ingest_received_bytes_total Bytes of events, inflated',
      '# TYPE ingest_received_bytes_total counter',
      '# HELP ingest_requests_total Answers by status',
      '# TYPE ingest_requests_total counter',
      '# HELP ingest_shed_total Requests turned away before their events were looked at',
      '# TYPE ingest_shed_total counter',
      '# HELP ingest_put_attempts_total Attempts of PUTs by outcome',
      '# TYPE ingest_put_attempts_total counter',
      '# HELP ingest_batches_total Batches by outcome',
      '# TYPE ingest_batches_total counter',
      '# HELP ingest_stored_bytes_total Bytes of raw objects',
      '# TYPE ingest_stored_bytes_total counter',
      '# HELP ingest_key_loads_total Loads of the keys of the issuer by outcome',
      '# TYPE ingest_key_loads_total counter',
      '# HELP ingest_keys_age_seconds Seconds since the keys of the issuer were loaded',
      '# TYPE ingest_keys_age_seconds gauge',
      '# HELP ingest_put_seconds Time of an attempt',
      '# TYPE ingest_put_seconds histogram',
      '# HELP ingest_ack_seconds Time from the request to its acknowledgement',
      '# TYPE ingest_ack_seconds histogram',
      '# HELP ingest_batch_events Events of a batch',
      '# TYPE ingest_batch_events histogram',
      '# HELP ingest_store_down 1 while Redis or Valkey does not answer',
      '# TYPE ingest_store_down gauge',
      '# HELP ingest_buffered_bytes Bytes of requests that are not answered yet',
      '# TYPE ingest_buffered_bytes gauge',
    ]);
  });

  test('those of Node.js are beside them, and two processes of one program do not share any', async () => {
    const [one, other] = [start(), start()];
    one.answered(200);
    expect(await one.text()).toContain('# TYPE process_cpu_seconds_total counter\n');
    expect(one.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await samples(other, 'ingest_requests_total')).toEqual([]);
  });

  test('everything is counted under its dataset, result, status, reason and outcome', async () => {
    const metrics = start();
    metrics.events('a', 'stored', 3);
    metrics.events('a', 'stored', 2);
    metrics.events('b', 'rejected', 1);
    metrics.events('b', 'failed', 0);
    metrics.received('a', 100);
    metrics.received('a', 20);
    metrics.answered(200);
    metrics.answered(200);
    metrics.answered(429);
    metrics.shed('memory');
    metrics.putAttempt('stored', 40);
    metrics.putAttempt('SlowDown', 60);
    metrics.batch('a', 5, 70);
    metrics.batch('a', 1, 7);
    metrics.batchFailed('a');
    metrics.keyLoad(true);
    metrics.keyLoad(false);
    metrics.keyLoad(false);
    metrics.acknowledged(1_500);
    const found = await own(metrics);
    expect(found.filter((line) => !line.startsWith('#') && !line.includes('_bucket'))).toEqual([
      'ingest_events_total{dataset="a",result="stored"} 5',
      'ingest_events_total{dataset="b",result="rejected"} 1',
      'ingest_received_bytes_total{dataset="a"} 120',
      'ingest_requests_total{status="200"} 2',
      'ingest_requests_total{status="429"} 1',
      'ingest_shed_total{reason="memory"} 1',
      'ingest_put_attempts_total{outcome="stored"} 1',
      'ingest_put_attempts_total{outcome="SlowDown"} 1',
      'ingest_batches_total{dataset="a",outcome="stored"} 2',
      'ingest_batches_total{dataset="a",outcome="failed"} 1',
      'ingest_stored_bytes_total{dataset="a"} 77',
      'ingest_key_loads_total{outcome="loaded"} 1',
      'ingest_key_loads_total{outcome="failed"} 2',
      'ingest_keys_age_seconds 7.4',
      'ingest_put_seconds_sum 0.1',
      'ingest_put_seconds_count 2',
      'ingest_ack_seconds_sum 1.5',
      'ingest_ack_seconds_count 1',
      'ingest_batch_events_sum 6',
      'ingest_batch_events_count 2',
      'ingest_store_down 0',
      'ingest_buffered_bytes 5',
    ]);
  });

  test('times are in seconds, in buckets from 5 ms to 30 s; events of a batch in buckets from 1 to 100,000', async () => {
    const metrics = start();
    const seconds = ['0.005', '0.01', '0.02', '0.05', '0.1', '0.2', '0.5', '1', '2', '5', '10', '20', '30', '+Inf'];
    const bounds = async (name: string) =>
      (await samples(metrics, `${name}_bucket`)).map((line) => /le="([^"]+)"/.exec(line)?.[1]);
    metrics.putAttempt('stored', 200);
    metrics.acknowledged(200.1);
    metrics.batch('a', 10, 1);
    expect(await bounds('ingest_put_seconds')).toEqual(seconds);
    expect(await bounds('ingest_ack_seconds')).toEqual(seconds);
    expect(await bounds('ingest_batch_events')).toEqual(['1', '10', '100', '1000', '10000', '100000', '+Inf']);
    const found = await own(metrics);
    expect(found).toContain('ingest_put_seconds_bucket{le="0.1"} 0');
    expect(found).toContain('ingest_put_seconds_bucket{le="0.2"} 1');
    expect(found).toContain('ingest_ack_seconds_bucket{le="0.2"} 0');
    expect(found).toContain('ingest_ack_seconds_bucket{le="0.5"} 1');
  });

  test('the store is down from the call that says so to the call that says it is not', async () => {
    const metrics = start();
    metrics.storeDown(true);
    expect(await samples(metrics, 'ingest_store_down')).toEqual(['ingest_store_down 1']);
    metrics.storeDown(false);
    expect(await samples(metrics, 'ingest_store_down')).toEqual(['ingest_store_down 0']);
  });
});

describe('for CloudWatch', () => {
  const lines = (metrics: Metrics, buffered = 0) =>
    metrics.emf('Lake', buffered, 1_700_000_000_000).map((line) => JSON.parse(line) as Record<string, unknown>);
  const header = (dimensions: readonly string[], metrics: readonly [string, string][]) => ({
    Timestamp: 1_700_000_000_000,
    CloudWatchMetrics: [
      { Namespace: 'Lake', Dimensions: [dimensions], Metrics: metrics.map(([Name, Unit]) => ({ Name, Unit })) },
    ],
  });

  test('each dataset has a line with its name as dimension, and every count with its unit', () => {
    const metrics = start();
    for (const result of ['stored', 'duplicate', 'conflict', 'rejected', 'failed'] as const) {
      metrics.events('a', result, result.length);
    }
    metrics.received('a', 100);
    metrics.batch('a', 5, 70);
    metrics.batch('a', 5, 7);
    metrics.batchFailed('a');
    metrics.events('b', 'stored', 1);
    metrics.events('b', 'failed', 0);
    const [a, b] = lines(metrics);
    expect(a).toEqual({
      _aws: header(
        ['Dataset'],
        [
          ['EventsStored', 'Count'],
          ['EventsDuplicate', 'Count'],
          ['EventsConflict', 'Count'],
          ['EventsRejected', 'Count'],
          ['EventsFailed', 'Count'],
          ['BytesIn', 'Bytes'],
          ['Puts', 'Count'],
          ['BytesStored', 'Bytes'],
          ['PutsFailed', 'Count'],
        ],
      ),
      Dataset: 'a',
      EventsStored: 6,
      EventsDuplicate: 9,
      EventsConflict: 8,
      EventsRejected: 8,
      EventsFailed: 6,
      BytesIn: 100,
      Puts: 2,
      BytesStored: 77,
      PutsFailed: 1,
    });
    expect(b).toEqual({ _aws: header(['Dataset'], [['EventsStored', 'Count']]), Dataset: 'b', EventsStored: 1 });
    const names = Object.keys(a as object).filter((name) => name !== '_aws' && name !== 'Dataset');
    expect(names.sort()).toEqual([...DATASET_METRICS].sort());
  });

  test('the process has a line without dimensions, last, and it is there though nothing was counted', () => {
    const metrics = start();
    expect(lines(metrics, 9)).toEqual([
      {
        _aws: header(
          [],
          [
            ['BufferedBytes', 'Bytes'],
            ['StoreDown', 'Count'],
            ['KeysAgeSeconds', 'Seconds'],
          ],
        ),
        BufferedBytes: 9,
        StoreDown: 0,
        KeysAgeSeconds: 7,
      },
    ]);
    metrics.acknowledged(12.6);
    metrics.acknowledged(3);
    metrics.shed('draining');
    metrics.storeDown(true);
    metrics.events('a', 'stored', 1);
    expect(lines(metrics)[1]).toEqual({
      _aws: header(
        [],
        [
          ['AckMillisMax', 'Milliseconds'],
          ['ShedRequests', 'Count'],
          ['BufferedBytes', 'Bytes'],
          ['StoreDown', 'Count'],
          ['KeysAgeSeconds', 'Seconds'],
        ],
      ),
      AckMillisMax: 13,
      ShedRequests: 1,
      BufferedBytes: 0,
      StoreDown: 1,
      KeysAgeSeconds: 7,
    });
  });

  test.each<[ShedReason, string]>([
    ['memory', 'ShedRequests'],
    ['draining', 'ShedRequests'],
    ['rate', 'RateLimitedRequests'],
    ['share', 'RateLimitedRequests'],
  ])('who was turned away for %s is one of the %s', (reason, name) => {
    const metrics = start();
    metrics.shed(reason);
    metrics.shed(reason);
    const [line = {}] = lines(metrics);
    expect(line[name]).toBe(2);
    expect(Object.keys(line).filter((key) => key.endsWith('Requests'))).toEqual([name]);
  });

  test('a line holds what was counted since the last one; that the store is down, every line', () => {
    const metrics = start();
    metrics.events('a', 'stored', 1);
    metrics.shed('rate');
    metrics.acknowledged(5);
    metrics.storeDown(true);
    expect(lines(metrics)).toHaveLength(2);
    expect(lines(metrics)).toEqual([expect.objectContaining({ StoreDown: 1 })]);
    expect(lines(metrics)[0]).not.toHaveProperty('RateLimitedRequests');
    expect(lines(metrics)[0]).not.toHaveProperty('AckMillisMax');
    metrics.acknowledged(4);
    expect(lines(metrics)[0]).toMatchObject({ AckMillisMax: 4 });
  });
});
