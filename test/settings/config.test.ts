import { LakeConfigError, loadConfig } from '../../config';
import { type DatasetDefinition, parseDataset } from '../../lib/dataset';
import { parseStage } from '../../lib/settings';
import { INGEST_STAGE, OWN_INGEST } from '../../proof/templates/ingest';
import { datasets } from '../fixtures/datasets';
import { stages } from '../fixtures/stages';

const CSV_ONLY: DatasetDefinition = {
  name: 'events',
  description: 'Only what is required',
  columns: [
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'note', type: 'string' },
  ],
  partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
  eventTime: 'at',
  input: { formats: ['csv'] },
};

test('dev deploys in a new account; prod reserves its concurrency and keeps its data', () => {
  const [dev, prod] = ['dev', 'prod'].map((name) => stages.find((stage) => stage.name === name));

  expect(dev?.compaction).toMatchObject({ memoryMiB: 3_008, reservedConcurrency: undefined });
  expect(prod?.compaction.reservedConcurrency).toBe(prod?.compaction.maxConcurrency);
  expect(prod?.dataRemoval).toBe('retain');
});

test('mistakes of datasets and stages come in one message', () => {
  const broken = {
    datasets: () => ({ datasets: [parseDataset({ name: 'Bad Name' } as never, 'config/datasets/bad.ts')] }),
    stages: () => ({ stages: [parseStage({ name: 'dev', region: 'nowhere' })] }),
  };

  expect(() => loadConfig(broken)).toThrow(LakeConfigError);
  expect(() => loadConfig(broken)).toThrow(/config\/datasets\/bad\.ts.*config\/stages\/dev\.ts/s);
});

test('an error that is no mistake in the configuration keeps its stack trace', () => {
  const failing = {
    datasets: () => {
      throw new TypeError('a bug');
    },
    stages: () => ({ stages }),
  };

  expect(() => loadConfig(failing)).toThrow(new TypeError('a bug'));
});

test('producers may be confined to declared datasets only', () => {
  const confinedTo = (dataset: string) => ({
    datasets: () => ({ datasets }),
    stages: () => ({
      stages: [parseStage({ name: 'dev', access: { ingest: { permissionSets: ['Shop'], datasets: [dataset] } } })],
    }),
  });

  expect(loadConfig(confinedTo('orders')).stages).toHaveLength(1);
  expect(() => loadConfig(confinedTo('order'))).toThrow(
    /config\/stages\/dev\.ts.*access\.ingest\.datasets\[0\]: 'order' is not a dataset\n.*access_logs, orders/,
  );
});

test('an ingest tier needs a dataset that takes events', () => {
  const on = (definition: DatasetDefinition) => ({
    datasets: () => ({ datasets: [parseDataset(definition)] }),
    stages: () => ({ stages: [parseStage({ name: 'dev', ...INGEST_STAGE })] }),
  });

  expect(loadConfig(on({ ...CSV_ONLY, input: { formats: ['csv', 'ndjson'] } })).stages).toHaveLength(1);
  expect(() => loadConfig(on(CSV_ONLY))).toThrow(
    /config\/stages\/dev\.ts.*ingest: has nothing to take: no dataset has ndjson.*\n.*add 'ndjson' to the input\.formats of one/,
  );
});

describe('producers that get tokens', () => {
  const of = (...names: readonly string[]) => ({
    datasets: () => ({
      datasets: [...datasets, parseDataset({ ...CSV_ONLY, name: 'csv_only' })],
    }),
    stages: () => ({
      stages: [
        parseStage({
          name: 'dev',
          ingest: { ...OWN_INGEST, issuer: { producers: [{ producer: 'shop', datasets: names }] } },
        }),
      ],
    }),
  });

  test('name declared datasets that take events', () => {
    expect(loadConfig(of('orders')).stages).toHaveLength(1);
    expect(() => loadConfig(of('orders', 'order'))).toThrow(
      /ingest\.issuer\.producers\[0\]\.datasets\[1\]: 'order' is not a dataset\n/,
    );
    expect(() => loadConfig(of('csv_only'))).toThrow(/datasets\[0\]: 'csv_only' takes no events/);
  });

  test('share a hundred scopes, which is what Cognito takes', () => {
    const many = {
      ...of('orders'),
      datasets: () => ({
        datasets: Array.from({ length: 101 }, (_, index) => ({
          ...parseDataset({ ...CSV_ONLY, input: { formats: ['ndjson'] } }),
          name: index === 0 ? 'orders' : `dataset_${index}`,
        })),
      }),
    };
    expect(() => loadConfig(many)).toThrow(/ingest\.issuer: has a scope for each of 101 datasets/);
  });
});
