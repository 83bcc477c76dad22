import { type Dataset, type DatasetDefinition, parseDataset } from '../../lib/dataset';
import * as presets from '../../lib/presets';
import { UsageError } from '../command-line';
import { detectContent } from './content';
import type { FoundFiles } from './samples';
import { type Trial, tryOut } from './trial';

/** A preset that takes the samples. */
export interface KnownSource {
  /** Function of `lib/presets`, and what it is given. */
  readonly preset: string;
  readonly options: Options;
  readonly definition: DatasetDefinition;
  readonly trial: Trial;
}

type Options = Readonly<Record<string, string | readonly string[] | { readonly layout: string }>>;

interface Signature {
  readonly preset: string;
  readonly make: (options: Options) => DatasetDefinition;
  /** Options to try for files that begin so, the likeliest first; none for those of something else. */
  readonly variants: (head: string) => readonly Options[];
}

const begins =
  (pattern: RegExp, ...variants: readonly Options[]) =>
  (head: string): readonly Options[] =>
    pattern.test(head) ? (variants.length === 0 ? [{}] : variants) : [];
const holds =
  (...names: readonly string[]) =>
  (head: string): boolean =>
    head.trimStart().startsWith('{') && names.every((name) => head.includes(`"${name}":`));

const SIGNATURES: readonly Signature[] = [
  { preset: 'alb', make: presets.alb, variants: begins(/^(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT[\d:.]+Z app\//) },
  { preset: 'nlb', make: presets.nlb, variants: begins(/^tls \d+\.\d+ \d{4}-\d\d-\d\dT[\d:.]+ net\//) },
  { preset: 'cloudFront', make: presets.cloudFront, variants: begins(/^#Fields:.*\bx-edge-location\b/m) },
  {
    preset: 's3AccessLogs',
    make: presets.s3AccessLogs,
    variants: begins(/^[0-9a-f]{64} \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:/),
  },
  {
    preset: 'apacheCombined',
    make: presets.apacheCombined,
    variants: begins(/^\S+ \S+ \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]+ [+-]\d{4}\] ".*" \d{3} (?:\d+|-) "/),
  },
  {
    preset: 'cloudTrail',
    make: presets.cloudTrail,
    variants: begins(/^\s*\{\s*"Records"\s*:\s*\[\s*\{[\s\S]*"eventVersion"\s*:/),
  },
  { preset: 'vpcFlowLogs', make: presets.vpcFlowLogs, variants: flowLogFields },
  { preset: 'waf', make: presets.waf, variants: (head) => (holds('webaclId', 'httpRequest')(head) ? [{}] : []) },
  {
    preset: 'resolverQueryLogs',
    make: presets.resolverQueryLogs,
    variants: (head) => (holds('query_timestamp', 'query_name')(head) ? [{}] : []),
  },
  {
    preset: 'fluentBit',
    make: presets.fluentBit,
    variants: (head) =>
      holds('log', 'date')(head) ? [{}, { timeFormat: 'double' }, { timeFormat: 'java_sql_timestamp' }] : [],
  },
];

/** Of version 2, which the preset has without options. */
const DEFAULT_FIELDS = new Set(
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
    ' ',
  ),
);

/** The header of a flow log names its fields, in an order of its own. */
function flowLogFields(head: string): readonly Options[] {
  const fields = head.split(/\r?\n/, 1)[0]?.split(' ') ?? [];
  if (!fields.includes('start') || !(fields.includes('srcaddr') || fields.includes('interface-id'))) return [];
  return fields.every((field) => DEFAULT_FIELDS.has(field)) ? [{}] : [{ fields }];
}

/** Files whose beginnings are looked at. */
const TELLING_FILES = 5;
/** Of a source that is known, nearly all rows are taken: else it is something that looks like it. */
const LEAST_SHARE = 0.9;

/**
 * The preset for samples of a service that is known. Where they do not lie in its folders, their rows are placed by time.
 *
 * @param name of the dataset. @default that of the preset
 */
export async function knownSource(
  { files, folder }: FoundFiles,
  name: string | undefined,
): Promise<KnownSource | undefined> {
  const heads: string[] = [];
  for (const { path } of files.slice(0, TELLING_FILES)) {
    const content = await detectContent(path);
    if (!('problem' in content)) heads.push(content.head);
  }
  const own: Options = name === undefined ? {} : { name };
  for (const { preset, make, variants } of SIGNATURES) {
    const found = heads.map(variants);
    const [first = []] = found;
    if (found.length === 0 || found.some((options) => options.length === 0)) continue;
    for (const variant of first.flatMap((options) => [options, { ...options, input: { layout: 'hive' } }])) {
      const options = { ...own, ...variant };
      const definition = make(options);
      const trial = await trialOf(definition, folder, files.length);
      if (trial !== undefined) return { preset, options, definition, trial };
    }
  }
  return undefined;
}

async function trialOf(definition: DatasetDefinition, folder: string, files: number): Promise<Trial | undefined> {
  try {
    const dataset: Dataset = parseDataset(definition);
    const trial = await tryOut(dataset, folder);
    const isTaken = trial.files >= files * LEAST_SHARE && trial.rowsAccepted >= trial.rowsIn * LEAST_SHARE;
    return isTaken && trial.rowsAccepted > 0 ? trial : undefined;
  } catch (error) {
    // No file lies in the folders of the preset.
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
