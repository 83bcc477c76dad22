/** Datasets of presets, in place of those of the tests: import this before what reads the configuration. */
import { type DatasetDefinition, parseDatasets } from '../../../lib/dataset';
import * as presets from '../../../lib/presets';

const at = { name: 'at', type: 'timestamp', notNull: true } as const;

const CHANGES = {
  columns: [
    { name: 'id', type: 'int', notNull: true },
    { name: 'name', type: 'string' },
    { ...at, format: { pattern: '%Y-%m-%d %H:%M:%S.%f' } },
  ],
  eventTime: 'at',
  key: ['id'],
  by: ['at'],
} as const;

const DEFINITIONS: readonly DatasetDefinition[] = [
  presets.cloudTrail(),
  presets.alb(),
  presets.vpcFlowLogs(),
  presets.cloudFront(),
  presets.fluentBit(),
  presets.fluentBit({ name: 'fluent_bit_double', timeFormat: 'double' }),
  presets.fluentBit({ name: 'fluent_bit_sql', timeFormat: 'java_sql_timestamp' }),
  presets.firehoseJson({
    name: 'stream',
    columns: [{ name: 'id', type: 'int', notNull: true }, at, { name: 'v', type: 'string' }],
    eventTime: 'at',
  }),
  presets.nlb(),
  presets.s3AccessLogs(),
  presets.waf(),
  presets.resolverQueryLogs(),
  presets.nginxCombined(),
  presets.dms({ ...CHANGES, name: 'people' }),
  presets.dms({ ...CHANGES, name: 'people_with_deletions', deletions: 'keep' }),
];

export const PRESETS: readonly string[] = DEFINITIONS.map(({ name }) => name);

Object.defineProperty(globalThis, '__LAKE_DATASETS__', {
  configurable: true,
  value: parseDatasets(DEFINITIONS.map((definition) => ({ file: `${definition.name}.ts`, definition }))),
});
