import { LakeConfigError, loadConfig } from '../../config';
import { parseDataset } from '../../lib/dataset';
import { datasets } from '../fixtures/datasets';
import { stages } from '../fixtures/stages';
import { parseStage } from '../support/extensions';

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

test('an error that is not a mistake in the configuration keeps its stack trace', () => {
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
