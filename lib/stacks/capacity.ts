import { tableInput } from '../constructs/catalog-table';
import type { Dataset } from '../dataset/model';
import { curatedTable, rawTable } from '../dataset/tables';
import { SettingsError, type StageSettings } from '../settings';
import { FIRST_STACK, stackOfDataset } from '../settings/many-datasets';

/** Most datasets of a stage with separate alarms: a stack may have 500 resources, and a dataset has six alarms.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MOST_DATASETS = 78;

/**
 * Above this size the CDK warns, which `cdk synth --strict` treats as an error; the limit of CloudFormation is one million bytes:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
const MOST_BYTES = 800_000;
const MOST_RESOURCES = 450;

/** Resources of stacks besides datasets: databases, crawler, the lake's own tables. */
const OTHER_BYTES = 60_000;
const OTHER_RESOURCES = 30;

/** Bytes of a table's resource besides its definition: its type, its database, the imported buckets. */
const AROUND_A_TABLE = 700;

/**
 * Whether the datasets of a stage fit into its stacks.
 *
 * @throws SettingsError that says what to write into the stage
 */
export function checkCapacity(settings: StageSettings, datasets: readonly Dataset[]): void {
  const { name, manyDatasets } = settings;
  const problem = (found: string, fix: string) =>
    new SettingsError([
      { file: `config/stages/${name}.ts`, subject: name, field: 'manyDatasets', problem: found, fix },
    ]);
  const all = datasets.map((dataset) => dataset.name);
  const full = fullStacks(settings, datasets);
  if (manyDatasets === undefined) {
    if (datasets.length <= MOST_DATASETS && full.length === 0) return;
    throw problem(
      `is not set, and ${datasets.length} datasets do not fit into one stack`,
      `write { stacks: ${STACKS} }; where some are deployed already, they stay where they are with ` +
        `{ stacks: ${STACKS}, placed: { 0: [${quoted(all)}] } }, which names those and no other`,
    );
  }
  if (full.length === 0) return;
  throw problem(
    full.map(({ stack, found }) => `stack ${stack} is full: ${found}`).join('; '),
    `place a dataset that is not deployed yet in another: placed: { ${roomiest(settings, datasets)}: ['its name'] }`,
  );
}

/** Room for two thousand datasets of 32 columns. */
const STACKS = 32;

const quoted = (names: readonly string[]): string => {
  const shown = names.slice(0, 3).map((name) => `'${name}'`);
  return names.length > shown.length ? `${shown.join(', ')}, ...` : shown.join(', ');
};

interface Load {
  readonly bytes: number;
  readonly resources: number;
}

function loads(settings: StageSettings, datasets: readonly Dataset[]): ReadonlyMap<number, Load> {
  const found = new Map<number, Load>([[FIRST_STACK, { bytes: OTHER_BYTES, resources: OTHER_RESOURCES }]]);
  for (const dataset of datasets) {
    const stack = stackOfDataset(settings, dataset.name);
    const { bytes, resources } = found.get(stack) ?? { bytes: 0, resources: 0 };
    // The role of Firehose for a dataset of the first stack is in another stack.
    const roles = dataset.delivery === 'firehose' && stack !== FIRST_STACK ? 2 : 0;
    found.set(stack, { bytes: bytes + bytesOf(dataset), resources: resources + 2 + roles });
  }
  return found;
}

function fullStacks(settings: StageSettings, datasets: readonly Dataset[]): { stack: number; found: string }[] {
  return [...loads(settings, datasets)].flatMap(([stack, { bytes, resources }]) => {
    if (bytes > MOST_BYTES) return [{ stack, found: `about ${bytes.toLocaleString('en-US')} bytes of template` }];
    return resources > MOST_RESOURCES ? [{ stack, found: `${resources} resources` }] : [];
  });
}

function roomiest(settings: StageSettings, datasets: readonly Dataset[]): number {
  const found = loads(settings, datasets);
  const numbers = Array.from({ length: settings.manyDatasets?.stacks ?? 0 }, (_, index) => index + 1);
  const bytes = (stack: number): number => found.get(stack)?.bytes ?? 0;
  return numbers.reduce((best, stack) => (bytes(stack) < bytes(best) ? stack : best), 1);
}

const bytesOf = (dataset: Dataset): number =>
  [curatedTable(dataset, { bucket: '' }), rawTable(dataset, { bucket: '' })]
    .map((definition) => JSON.stringify(tableInput(definition)).length + AROUND_A_TABLE)
    .reduce((sum, bytes) => sum + bytes, 0);
