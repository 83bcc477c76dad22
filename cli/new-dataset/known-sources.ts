import { type Dataset, type DatasetDefinition, parseDataset } from '../../lib/dataset';
import * as presets from '../../lib/presets';
import { UsageError } from '../command-line';
import { detectContent } from './content';
import type { FoundFiles } from './samples';
import { type Trial, tryOut, type Update } from './trial';

/** A preset that takes the samples. */
export interface KnownSource {
  /** Function of `lib/presets`, and what it is given. */
  readonly preset: string;
  readonly options: Options;
  readonly definition: DatasetDefinition;
  readonly trial: Trial;
  /** What is not sure about it. */
  readonly doubts: readonly string[];
}

type Options = Readonly<Record<string, string | boolean | readonly string[] | { readonly layout: string }>>;

interface Signature {
  readonly preset: string;
  readonly make: (options: Options) => DatasetDefinition;
  /** Options to try for a file that begins so, the likeliest first; none for one of something else. */
  readonly variants: (head: string, path: string, columns: readonly string[]) => readonly Options[];
}

/** For texts of which most lines, comments left aside, are of a form. */
const linesOf =
  (pattern: RegExp, ...variants: readonly Options[]) =>
  (head: string): readonly Options[] => {
    const lines = head.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
    const matching = lines.filter((line) => pattern.test(line)).length;
    return matching > lines.length / 2 ? (variants.length === 0 ? [{}] : variants) : [];
  };
/** For JSON with members of these names. What the values are is for the trial to say. */
const holds =
  (...names: readonly string[]) =>
  (head: string): boolean =>
    names.every((name) => new RegExp(`"${name}"\\s*:`).test(head));
const given = (is: boolean, ...variants: readonly Options[]): readonly Options[] => (is ? variants : []);

/** nginx writes what Apache does: only a name tells them apart. */
const combined = linesOf(/^\S+ \S+ \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]+ [+-]\d{4}\] ".*" \d{3} (?:\d+|-) "/);

const SIGNATURES: readonly Signature[] = [
  { preset: 'alb', make: presets.alb, variants: linesOf(/^(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT[\d:.]+Z app\//) },
  { preset: 'nlb', make: presets.nlb, variants: linesOf(/^tls \d+\.\d+ \d{4}-\d\d-\d\dT[\d:.]+ net\//) },
  { preset: 'cloudFront', make: presets.cloudFront, variants: edgeLogs },
  {
    preset: 's3AccessLogs',
    make: presets.s3AccessLogs,
    variants: linesOf(/^[0-9a-f]{64} \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:/),
  },
  {
    preset: 'nginxCombined',
    make: presets.nginxCombined,
    variants: (head, path) => (/nginx/i.test(path) ? combined(head) : []),
  },
  { preset: 'apacheCombined', make: presets.apacheCombined, variants: combined },
  {
    preset: 'cloudTrail',
    make: presets.cloudTrail,
    variants: (head, path) =>
      given(/"Records"\s*:\s*\[\s*\{/.test(head) && holds('eventVersion', 'eventTime')(head), ...trails(path)),
  },
  { preset: 'vpcFlowLogs', make: presets.vpcFlowLogs, variants: flowLogs },
  { preset: 'waf', make: presets.waf, variants: (head) => given(holds('webaclId', 'httpRequest')(head), {}) },
  {
    preset: 'resolverQueryLogs',
    make: presets.resolverQueryLogs,
    variants: (head) => given(holds('query_timestamp', 'query_name')(head), {}),
  },
  {
    preset: 'fluentBit',
    make: presets.fluentBit,
    variants: (head) =>
      given(
        holds('log')(head) &&
          (holds('date')(head) || holds('@timestamp')(head)) &&
          (holds('kubernetes')(head) || holds('stream')(head)),
        {},
        { timeFormat: 'double' },
        { timeFormat: 'epoch_ms' },
        { timeFormat: 'java_sql_timestamp' },
      ),
  },
];

/** The folders of a trail: of an organization, and with Insights. */
function trails(path: string): readonly Options[] {
  const [, organization] = /AWSLogs\/(o-[a-z0-9]+)\//.exec(path) ?? [];
  const own: Options = organization === undefined ? {} : { organization };
  return /\/CloudTrail-Insight\//.test(path) ? [{ ...own, insights: true }] : [own];
}

/** Columns beside the fields, which tools add. */
const PARTITION_KEYS = new Set(['year', 'month', 'day', 'hour']);

/** Of version 2, which the preset has without options. */
const DEFAULT_FIELDS = new Set(
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
    ' ',
  ),
);

/** Flow logs name their fields, in an order of their own: text in its header, Parquet with underscores. */
function flowLogs(head: string, path: string, columns: readonly string[]): readonly Options[] {
  const isFlow = (names: readonly string[]): boolean =>
    names.includes('start') && (names.includes('srcaddr') || names.includes('interface-id'));
  const ofParquet = columns.map((name) => name.replaceAll('_', '-'));
  const found = [ofParquet, ...head.split(/\r?\n/).map((line) => line.split(' '))].find(isFlow);
  if (found === undefined) return [];
  const fields = found.filter((name) => !PARTITION_KEYS.has(name));
  return [
    {
      ...(fields.every((field) => DEFAULT_FIELDS.has(field)) ? {} : { fields }),
      ...(columns.length === 0 ? {} : { format: 'parquet' }),
      ...(path.includes('aws-service=vpcflowlogs') ? { hivePrefixes: true } : {}),
    },
  ];
}

/** Fields of CloudFront that no other W3C log has. */
const EDGE_FIELD = /^(?:x-edge-|timestamp\(ms\)$|distributionid$|cache-behavior-path-pattern$)/i;
/** Fields that the preset knows, by their spellings in Parquet. */
const EDGE_NAMES = new Map(
  presets
    .cloudFront({ format: 'parquet' })
    .columns.flatMap(({ from }) => {
      const names = typeof from === 'object' && 'firstOf' in from ? from.firstOf.map(String) : [];
      return names.map((name) => [name.toLowerCase(), names.at(-1) ?? name] as const);
    })
    .concat(['date', 'time', 'DistributionId'].map((name) => [name.toLowerCase(), name] as const)),
);

/** CloudFront names its fields in each file: in a comment, as members, or as columns with underscores. */
function edgeLogs(head: string, _path: string, columns: readonly string[]): readonly Options[] {
  const line = /^#Fields:[ \t]*(.+?)\r?$/m.exec(head)?.[1];
  const members = [...head.slice(0, 8192).matchAll(/[{,]\s*"([^"\\]+)"\s*:/g)].map(([, name = '']) => name);
  const written = columns.length > 0 ? columns : (line?.split(/[ \t]+/) ?? members);
  const fields = [...new Set(written)].map((name) => EDGE_NAMES.get(name.toLowerCase()) ?? name);
  if (!fields.some((name) => EDGE_FIELD.test(name))) return [];
  const isDefault =
    ['date', 'time'].every((name) => fields.includes(name)) &&
    fields.every((name) => EDGE_NAMES.has(name.toLowerCase()));
  return [
    {
      ...(isDefault ? {} : { fields }),
      ...(columns.length > 0 ? { format: 'parquet' } : line === undefined ? { format: 'json' } : {}),
    },
  ];
}

/** Files whose beginnings are looked at. */
const TELLING_FILES = 5;
/** From this share of files and rows on, they are those of the source: some may be broken. */
const LEAST_SHARE = 0.5;

/**
 * The preset for samples of a service that is known. Where they do not lie in its folders, their rows are placed by time.
 *
 * @param name of the dataset. @default that of the preset
 */
export async function knownSource(
  { files, folder }: FoundFiles,
  name: string | undefined,
  update?: Update,
): Promise<KnownSource | undefined> {
  const heads: { readonly head: string; readonly path: string; readonly columns: readonly string[] }[] = [];
  for (const { path, relative } of files.slice(0, TELLING_FILES)) {
    const content = await detectContent(path);
    if (!('problem' in content)) heads.push({ ...content, path: `/${relative}` });
  }
  for (const { preset, make, variants } of SIGNATURES) {
    const found = heads
      .map(({ head, path, columns }) => variants(head, path, columns))
      .filter((options) => options.length > 0);
    const [first] = found;
    if (first === undefined || found.length < heads.length / 2) continue;
    const own: Options = name === undefined ? {} : { name };
    const best = await bestOf(
      first
        .flatMap((options) => [options, { ...options, input: { layout: 'hive' } }])
        .map((options) => ({ ...own, ...options })),
      async (options) => {
        const definition = make(options);
        const trial = await trialOf(definition, folder, files.length, update);
        return trial && { preset, options, definition, trial, doubts: doubtsOf(preset, options, definition, trial) };
      },
    );
    if (best !== undefined) return best;
  }
  return undefined;
}

function doubtsOf(
  preset: string,
  options: Options,
  { input }: DatasetDefinition,
  { refusals }: Trial,
): readonly string[] {
  const other = { apacheCombined: ['nginx', 'nginxCombined'], nginxCombined: ['Apache', 'apacheCombined'] }[preset];
  const [refused] = refusals;
  return [
    ...(other === undefined ? [] : [`${other[0]} writes the same lines: for its logs take ${other[1]}`]),
    ...(options.input === undefined
      ? []
      : [
          'the samples do not lie in the folders of the service, so that rows are placed by their time: leave input out where it delivers',
        ]),
    ...(input.csv?.extraFields === 'ignore' ? ['what a line has after the fields of the preset is left out'] : []),
    ...(refused === undefined ? [] : [`refused, for example: ${refused.reason}`]),
  ];
}

/** The options with which most rows are accepted; of those that are alike, the first. */
async function bestOf(
  variants: readonly Options[],
  take: (options: Options) => Promise<KnownSource | undefined>,
): Promise<KnownSource | undefined> {
  let best: KnownSource | undefined;
  for (const options of variants) {
    const found = await take(options);
    if (found !== undefined && found.trial.rowsAccepted > (best?.trial.rowsAccepted ?? 0)) best = found;
    if (best !== undefined && best.trial.rowsAccepted === best.trial.rowsIn) break;
  }
  return best;
}

async function trialOf(
  definition: DatasetDefinition,
  folder: string,
  files: number,
  update?: Update,
): Promise<Trial | undefined> {
  try {
    const dataset: Dataset = parseDataset(definition);
    const trial = await tryOut(dataset, folder, update);
    const isTaken = trial.files >= files * LEAST_SHARE && trial.rowsAccepted >= trial.rowsIn * LEAST_SHARE;
    return isTaken && trial.rowsAccepted > 0 ? trial : undefined;
  } catch (error) {
    // No file lies in the folders of the preset.
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
