import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LakeConfigError, loadConfig } from '../../config';
import { stages } from '../../config/stages';
import { parseDataset } from '../../lib/dataset';
import { parseStage } from '../../lib/settings';

test('every file of config/stages is a stage', () => {
  const files = readdirSync(join(__dirname, '../../config/stages')).filter((name) => name !== 'index.ts');

  expect(stages.map(({ name }) => `${name}.ts`)).toEqual(files.sort());
});

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
    datasets: () => require('../../config/datasets'),
    stages: () => ({
      stages: [parseStage({ name: 'dev', access: { ingest: { permissionSets: ['Shop'], datasets: [dataset] } } })],
    }),
  });

  expect(loadConfig(confinedTo('orders')).stages).toHaveLength(1);
  expect(() => loadConfig(confinedTo('order'))).toThrow(
    /config\/stages\/dev\.ts.*access\.ingest\.datasets\[0\]: 'order' is not a dataset\n.*access_logs, orders/,
  );
});
