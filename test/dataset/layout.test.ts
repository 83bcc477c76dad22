import * as layout from '../../lib/dataset/layout';

test('puts every zone of a partition where tables, policies and handlers look for it', () => {
  const at = (prefix: (dataset: string, partition?: string) => string) => [
    prefix('orders'),
    prefix('orders', 'tenant=acme/dt=2026-06-15'),
  ];
  const { rawPrefix, dataPrefix, manifestPrefix, recordPrefix, rejectedLinesPrefix, rejectedObjectsPrefix } = layout;
  expect(at(layout.setAsidePrefix)).toEqual(['set-aside/orders/', 'set-aside/orders/tenant=acme/dt=2026-06-15/']);
  expect(at(rawPrefix)).toEqual(['raw/orders/', 'raw/orders/tenant=acme/dt=2026-06-15/']);
  expect(at(dataPrefix)).toEqual(['data/orders/', 'data/orders/tenant=acme/dt=2026-06-15/']);
  expect(at(manifestPrefix)).toEqual(['manifests/orders/', 'manifests/orders/tenant=acme/dt=2026-06-15/']);
  expect(at(recordPrefix)).toEqual(['records/orders/', 'records/orders/tenant=acme/dt=2026-06-15/']);
  expect(at(rejectedLinesPrefix)).toEqual(['lines/orders/', 'lines/orders/tenant=acme/dt=2026-06-15/']);
  expect(at(rejectedObjectsPrefix)).toEqual(['objects/orders/', 'objects/orders/tenant=acme/dt=2026-06-15/']);
});

test('what belongs to a dataset or a program lies where each looks for it', () => {
  const { newestPrefix, erasurePrefix, retryPrefix, replayPrefix, importPrefix, progressKey, publishedKey } = layout;
  expect([newestPrefix, erasurePrefix, retryPrefix].map((prefix) => prefix('orders'))).toEqual([
    'newest/orders/',
    'erasures/orders/',
    'retries/orders/',
  ]);
  expect([replayPrefix('orders'), replayPrefix('orders', 'dt=2026-06-15')]).toEqual([
    'replays/orders/',
    'replays/orders/dt=2026-06-15/',
  ]);
  expect(importPrefix('one')).toBe('imports/one/');
  expect(layout.PLAN_MODES.map(progressKey)).toEqual(['progress/compact.json', 'progress/maintain.json']);
  expect(publishedKey('orders')).toBe('iceberg/orders/published.json');
  expect([layout.PLAN_PREFIX, layout.SET_ASIDE_DAYS]).toEqual(['plans/', 7]);
});

test('one manifest a partition, under a name that engines do not skip', () => {
  expect(layout.manifestKey('orders', 'dt=2026-06-15')).toBe('manifests/orders/dt=2026-06-15/manifest');
  expect(layout.MANIFEST_NAME).not.toMatch(/^[._]/);
});

test('zones that share a bucket share no prefix', () => {
  const curated = [
    layout.DATA_PREFIX,
    layout.MANIFEST_PREFIX,
    layout.RECORD_PREFIX,
    layout.PLAN_PREFIX,
    layout.SET_ASIDE_PREFIX,
    layout.PROGRESS_PREFIX,
    layout.IMPORT_PREFIX,
    layout.REPLAY_PREFIX,
    layout.ERASURE_PREFIX,
    layout.NEWEST_PREFIX,
    layout.ICEBERG_PREFIX,
    layout.retryPrefix('').slice(0, -1),
  ];
  const quarantine = [layout.REJECTED_LINES_PREFIX, layout.REJECTED_OBJECTS_PREFIX];
  for (const bucket of [curated, quarantine]) {
    for (const prefix of bucket) {
      expect(prefix).toMatch(/^[a-z-]+\/$/);
      expect(bucket.filter((other) => other.startsWith(prefix))).toEqual([prefix]);
    }
  }
});

test('what lies under no dataset is counted under a name that no dataset can have', () => {
  expect(layout.UNDECLARED).toBe('(undeclared)');
});
