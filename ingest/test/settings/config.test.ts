import { loadConfig } from '../../../config';
import { type DatasetDefinition, parseDataset } from '../../../lib/dataset';
import { datasets } from '../../../test/fixtures/datasets';
import { parseStage } from '../../../test/support/extensions';
import { INGEST_STAGE, OWN_INGEST } from '../support/definitions';

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
