import { Stack } from 'aws-cdk-lib';
import type { SettingsExtension } from '../../lib/settings';
import type { LakeExtension } from '../../lib/stacks/extension';
import { buildLakes } from '../../lib/stacks/lake-app';
import { LakeStage } from '../../lib/stacks/lake-stage';
import { datasets } from '../fixtures/datasets';
import { testApp, testSettings } from '../support/cdk';
import { readable } from '../support/template';

/** Settings of a part that adds no more than it must. */
const settingsOf = (key: string): SettingsExtension => ({
  keys: [key],
  objects: [],
  lists: [],
  resolve: () => ({}),
  check: () => [],
  examples: { ignores: () => false, asWritten: (path) => path, write: [] },
});

const partOf = (settings: SettingsExtension): LakeExtension => ({
  settings,
  addTo: (lake) => void new Stack(lake, 'Streams', lake.stackProps('streams', 'an optional part')),
});

test('a part needs no more than its settings and what it adds', () => {
  const lake = new LakeStage(testApp(), {
    settings: testSettings(),
    datasets,
    extensions: [partOf(settingsOf('streams'))],
  });
  expect(lake.node.tryFindChild('Streams')).toBeInstanceOf(Stack);
  expect(JSON.stringify(readable(lake.storage))).not.toContain('logdelivery.elasticloadbalancing');
});

test.each(['bin/lake.ts', 'config/extensions.ts'])(
  'a part that %s lacks is named, whether or not a stage has it',
  (lacking) => {
    const [known, other] = [settingsOf('streams'), settingsOf('search')];
    const both = [known, other];
    const stageExtensions = lacking === 'config/extensions.ts' ? [known] : both;
    const extensions = (lacking === 'bin/lake.ts' ? [known] : both).map(partOf);
    const build = () => buildLakes(testApp(), { datasets, stages: [], stageExtensions, extensions });
    expect(build).toThrow(`${lacking}: stage '(every one)', search: is a part of the lake in `);
    expect(build).not.toThrow('streams');
  },
);

test('the same parts in another order are the same', () => {
  const both = [settingsOf('streams'), settingsOf('search')];
  const extensions = both.map(partOf).reverse();
  expect(buildLakes(testApp(), { datasets, stages: [], stageExtensions: both, extensions })).toEqual([]);
});

test('an equal list of other settings is not the same: the stages were not read with it', () => {
  const extensions = [partOf(settingsOf('streams'))];
  const build = () =>
    buildLakes(testApp(), { datasets, stages: [], stageExtensions: [settingsOf('streams')], extensions });
  expect(build).toThrow('2 mistakes');
});
