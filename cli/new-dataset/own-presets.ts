import type { ColumnDefinition, DatasetDefinition, InputSettings } from '../../lib/dataset';
import { debezium, dms, firehoseJson } from '../../lib/presets';
import type { Changes } from './changes';
import { CHANGE_TIME } from './debezium';
import type { Sample } from './samples';

/** A preset for data of one's own: its columns are those of the samples. */
export type OwnPreset = 'debezium' | 'dms' | 'firehoseJson';

/** The call of a preset that makes a dataset. */
export interface PresetCall {
  readonly name: OwnPreset;
  readonly options: Readonly<Record<string, unknown>>;
}

/** How Firehose names objects: stream, version, time and a random id. https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html */
const FIREHOSE = /-\d+-\d{4}(?:-\d\d){5}-[^/]+$/;
/** The range that presets have. */
const PRESET_RANGE = ['2024-01-01', '2033-12-31'] as const;

/** Whose files these are, where a preset takes them. */
export function ownPreset(samples: readonly Sample[], changes: Changes | undefined): OwnPreset | undefined {
  const [sample] = samples;
  if (sample?.format === 'json' && sample.look.isDebezium === true) return 'debezium';
  if (changes !== undefined && isMarkedByDms(changes, sample)) return 'dms';
  const isFirehose = samples.filter(({ relative }) => FIREHOSE.test(relative)).length > samples.length / 2;
  return sample?.format === 'json' && isFirehose ? 'firehoseJson' : undefined;
}

/** DMS calls the column `Op` where it names columns; else it is the first. */
function isMarkedByDms({ deleted }: Changes, sample: Sample | undefined): boolean {
  if (typeof deleted !== 'object' || sample === undefined) return false;
  if (sample.format === 'parquet') return deleted.column === 'Op';
  if (sample.format !== 'delimited') return false;
  const { header = true } = sample.dialect.csv;
  if (header === true) return deleted.column === 'Op';
  return typeof header === 'object' && deleted.column === 'op' && header[0] === 'op';
}

/**
 * The call of the preset that makes what a definition says, and what it makes.
 *
 * @returns undefined where the preset cannot say it
 */
export function presetCall(
  preset: OwnPreset,
  definition: DatasetDefinition,
): (PresetCall & { readonly definition: DatasetDefinition }) | undefined {
  const { name, columns, eventTime, partition, dedupe, dedupeKey, input } = definition;
  const { from, to, leading, scheme } = partition;
  const isInRange = leading === undefined && scheme === 'day' && from >= PRESET_RANGE[0] && to <= PRESET_RANGE[1];
  const rest = {
    name,
    eventTime,
    ...(isInRange ? {} : { partition }),
  };
  const own = (of: (column: ColumnDefinition) => boolean) => columns.filter(of);
  switch (preset) {
    case 'firehoseJson': {
      const options = { ...rest, columns, ...(dedupeKey === undefined ? {} : { dedupeKey }) };
      return dedupe === undefined ? call(preset, options, input, firehoseJson) : undefined;
    }
    case 'debezium': {
      if (dedupe === undefined) return undefined;
      const options = { ...rest, columns: own(({ name: column }) => column !== CHANGE_TIME), key: dedupe.key };
      return call(preset, options, input, debezium);
    }
    case 'dms': {
      if (dedupe === undefined || typeof dedupe.deleted !== 'object' || typeof dedupe.by !== 'object') return undefined;
      const mark = dedupe.deleted.column;
      const { csv, formats } = input;
      const isNamed = formats[0] === 'csv' && (csv?.header ?? true) === true;
      const { header: _, nulls = [], ...dialect } = csv ?? {};
      const text = {
        ...(isNamed ? {} : { header: false }),
        ...dialect,
        nulls: [...new Set(['NULL', ...nulls])],
      };
      const isPlain = !isNamed && Object.keys(dialect).length === 0 && text.nulls.length === 1;
      const options = {
        ...rest,
        columns: own(({ name: column }) => column !== mark),
        key: dedupe.key,
        by: dedupe.by,
        ...(formats[0] === 'parquet' ? { format: 'parquet' as const } : {}),
      };
      const settings = formats[0] === 'parquet' || isPlain ? {} : { csv: text };
      return call(
        preset,
        options,
        { formats, ...(input.layout === undefined ? {} : { layout: input.layout }), ...settings },
        dms,
      );
    }
  }
}

/** With the settings of the input that are not the preset's own. */
function call<O extends object>(
  preset: OwnPreset,
  options: O,
  input: InputSettings,
  make: (options: O) => DatasetDefinition,
): (PresetCall & { readonly definition: DatasetDefinition }) | undefined {
  const own = make(options).input;
  const settings = { ...input, layout: layoutOf(own.layout, input.layout) };
  const differing = Object.entries(settings).filter(
    ([member, value]) => JSON.stringify(value) !== JSON.stringify(own[member as keyof InputSettings]),
  );
  const all: O = differing.length === 0 ? options : { ...options, input: Object.fromEntries(differing) };
  return { name: preset, options: all as Readonly<Record<string, unknown>>, definition: make(all) };
}

/** The preset's own layout where the folders are of its form. */
function layoutOf(own: string | undefined, found: string | undefined): string {
  if (found === undefined) return 'hive';
  const isOfForm = own !== undefined && found.replace(/^[\w.-]+\/[\w.-]+\/(?=\{yyyy\})/, '*/*/') === own;
  return isOfForm ? own : found;
}
