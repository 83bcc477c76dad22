import { DEFAULT_ROWS, helpText } from '../../cli/options';
import live from '../../ingest/test/live'; // with ingest
import { INGEST_STAGE, OWN_INGEST } from '../../ingest/test/support/definitions'; // with ingest
import { parseDataset } from '../../lib/dataset';
import { testDataset } from '../compaction/support/test-dataset';
import { extensions, parseStage } from '../support/extensions';
import auditEvents from './audit_events';
import pageViews from './page_views';
import { hasIngest, interfaceFields, page, read, section, tableRows } from './pages';
import staging from './staging';

const GUIDE = 'docs/guide.md';
const CHECKS = 'docs/checks.md';
const INPUT = 'docs/input.md';
const LOCAL_LAKE = 'docs/local-lake.md';
const INGEST_TIER = 'ingest/docs/infrastructure.md'; // with ingest
const INGEST_MODEL = 'ingest/infra/settings/model.ts'; // with ingest
const DATASET_MODEL = 'lib/dataset/model.ts';
const STAGE_MODEL = 'lib/settings/model.ts';
const TEXT_MODEL = 'lib/dataset/text-format.ts';
const JSON_MODEL = 'lib/dataset/json-input.ts';

/** Names that a table of fields documents, each with the text of its last cell. */
const documented = (text: string, header = /^field\b/): [name: string, last: string][] =>
  tableRows(text, header).flatMap((cells) =>
    [...(cells[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']): [string, string] => [name, cells.at(-1) ?? '']),
  );

const fields = (path: string, interfaces: readonly string[]): string[] =>
  interfaces.flatMap((name) => interfaceFields(path, name)).sort();

const SECTIONS = [
  {
    path: GUIDE,
    heading: '## Datasets',
    declared: fields(DATASET_MODEL, [
      ...['DatasetDefinition', 'ColumnDefinition', 'PartitionScheme', 'InputSettings'],
      ...['RetentionSettings', 'CompactionSettings'],
    ]).concat(
      fields('lib/dataset/dedupe.ts', ['DedupeDefinition']),
      fields('lib/dataset/freshness.ts', ['FreshnessDefinition']),
    ),
    defaults: parseDataset({
      name: 'events',
      description: 'Only what is required',
      columns: [
        { name: 'at', type: 'timestamp', notNull: true },
        { name: 'note', type: 'string' },
      ],
      partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
      eventTime: 'at',
      input: { formats: ['ndjson'] },
    }),
  },
  {
    path: CHECKS,
    heading: '## Settings',
    declared: fields('lib/dataset/row-checks.ts', [
      ...[
        'CheckSettings',
        'ColumnCheck',
        'InCheck',
        'NotInCheck',
        'RangeCheck',
        'MatchesCheck',
        'SqlCheck',
        'UniqueCheck',
      ],
    ]).sort(),
    defaults: testDataset({ checks: [{ column: 'n', min: 1 }] }),
  },
  {
    path: GUIDE,
    heading: '## Stages',
    declared: [
      ...extensions.flatMap(({ settings }) => settings.keys),
      ...fields(STAGE_MODEL, [
        ...['StageDefinition', 'RetentionDefinition', 'WorkgroupLimits', 'CompactionSettingsDefinition'],
        ...['CrawlerDefinition', 'LakePrincipals', 'IngestPrincipals', 'ManyDatasetsDefinition'],
      ]),
    ].sort(),
    defaults: parseStage({ name: 'test' }),
  },
  // with ingest: begin
  {
    path: INGEST_TIER,
    heading: '## Settings',
    declared: fields(INGEST_MODEL, [
      ...['NetworkDefinition', 'DomainDefinition', 'IssuerDefinition', 'ProducerDefinition', 'TokenDefinition'],
      ...['ImageDefinition', 'RateLimitDefinition', 'IngestDefinition'],
    ]),
    // Of the two kinds of issuer each has defaults of its own.
    defaults: [INGEST_STAGE, { ingest: OWN_INGEST }].map((stage) => parseStage({ name: 'test', ...stage })),
  },
  // with ingest: end
];

/** Every value of an object, by the name of its member, at any depth. */
function valuesByName(value: unknown, found = new Map<string, unknown[]>()): Map<string, unknown[]> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, inner] of Object.entries(value)) {
    found.set(name, [...(found.get(name) ?? []), inner]);
    valuesByName(inner, found);
  }
  return found;
}

/** The value that a cell states as the default, when it states one and nothing else. */
function statedDefault(cell: string): unknown {
  if (/^[\d,]+$/.test(cell)) return Number(cell.replaceAll(',', ''));
  const [, code] = /^`([^`]+)`$/.exec(cell) ?? [];
  if (code === 'true' || code === 'false') return code === 'true';
  return code?.startsWith('{') ? undefined : code?.replace(/^'(.*)'$/, '$1');
}

describe.each(SECTIONS)('$path, $heading', ({ path, heading, declared, defaults }) => {
  // A page may say what the ingest tier would have.
  const rows = documented(section(path, heading)).filter(
    ([name]) => hasIngest || !['ingest', 'network'].includes(name),
  );

  test('documents every field of the types, and no other', () => {
    expect(rows.map(([name]) => name).sort()).toEqual([...declared].sort());
  });

  test('states the defaults that are used', () => {
    const actual = valuesByName(defaults);
    const stated = rows.flatMap(([name, cell]) => {
      const value = statedDefault(cell);
      return value === undefined ? [] : [[name, value] as const];
    });
    expect(stated.length).toBeGreaterThan(path === CHECKS ? 0 : 4);
    expect(stated.filter(([name, value]) => !actual.get(name)?.includes(value))).toEqual([]);
  });
});

test('every setting of text and JSON in the input is documented, and no other', () => {
  const names = (path: string, heading: string, header: RegExp): string[] =>
    documented(section(path, heading), header).map(([name]) => name);
  expect(names(INPUT, '## Text formats', /^setting$/).sort()).toEqual(fields(TEXT_MODEL, ['CsvSettings']));
  expect(names(INPUT, '## Records in JSON', /^setting$/).sort()).toEqual(fields(JSON_MODEL, ['JsonInputSettings']));
  expect(names(INPUT, '## Lines by pattern', /^setting$/).sort()).toEqual(fields(TEXT_MODEL, ['LineSettings']));
});

describe('examples', () => {
  test('the dataset of the README is checked by the compiler, and accepted', () => {
    expect(page('README.md').text).toContain(`\`\`\`ts\n${read('test/docs/page_views.ts')}\`\`\``);
    expect(parseDataset(pageViews).columns).toHaveLength(6);
  });

  test('the dataset with names of its input is checked by the compiler, and accepted', () => {
    expect(page(INPUT).text).toContain(`\`\`\`ts\n${read('test/docs/audit_events.ts')}\`\`\``);
    expect(parseDataset(auditEvents).columns.map(({ from }) => from)).toEqual([
      'snake',
      [['eventTime'], ['@timestamp']],
      [['userIdentity', 'type']],
      'snake',
    ]);
  });

  test('the stage of the guide is checked by the compiler, and accepted', () => {
    expect(page(GUIDE).text).toContain(`\`\`\`ts\n${read('test/docs/staging.ts')}\`\`\``);
    expect(parseStage(staging).query.analyst.scanLimitGB).toBe(100);
  });

  // with ingest: begin
  test('the stage with an ingest tier is checked by the compiler, and accepted', () => {
    expect(page(INGEST_TIER).text).toContain(`\`\`\`ts\n${read('ingest/test/live.ts')}\`\`\``);
    expect(parseStage(live).ingest?.network.kind).toBe('existing');
  });
  // with ingest: end

  test('a mistake in a dataset reads as the guide shows it', () => {
    const wrong = {
      ...pageViews,
      columns: pageViews.columns.map((column) => ({
        ...column,
        type: column.name === 'duration_ms' ? 'integer' : column.type,
      })),
      partition: { ...pageViews.partition, from: '2026-02-30' },
    };
    let message = '';
    try {
      parseDataset(wrong, 'config/datasets/page_views.ts');
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('columns[3].type');
    expect(page(GUIDE).text).toContain(`\`\`\`\n${message}\n\`\`\``);
  });
});

describe('the local lake', () => {
  test('has the options that its help prints', () => {
    const help = helpText(['access_logs', 'orders', 'sensor_readings'], true);
    expect(page(LOCAL_LAKE).text).toContain(`\`\`\`\n${help.trimEnd()}\n\`\`\``);
  });

  test('generates as many rows as the README says', () => {
    const rows = DEFAULT_ROWS.toLocaleString('en-US');
    expect(page('README.md').text).toContain(`\`npm start\` generates ${rows} rows`);
    expect(page('README.md').text).toContain(`Account: ${rows} rows in`);
  });

  test('writes the JSON that its page shows', () => {
    const [, json = ''] = /```json\n(\{\n {2}"formatVersion".*?)```/s.exec(page(LOCAL_LAKE).text) ?? [];
    const shown = JSON.parse(json) as Record<string, unknown>;
    expect(Object.keys(shown).sort()).toEqual(interfaceFields('cli/result.ts', 'RunResult').sort());
    const partition = (shown.partitions as Record<string, unknown>[])[0] ?? {};
    expect(Object.keys(partition).sort()).toEqual(
      ['partition', ...interfaceFields('cli/accounting.ts', 'Figures')].sort(),
    );
  });
});

test('every environment variable of the functions that the pages name is read somewhere', () => {
  const named = page('CONTRIBUTING.md').code.filter((text) =>
    /^(COMPACTION|LAKE_LOG|METRICS|\w+_BUCKET)[A-Z_]*$/.test(text),
  );
  expect(named.length).toBeGreaterThan(5);
  const source = read('lambda/compaction/runtime/settings.ts');
  expect(named.filter((name) => !source.includes(name))).toEqual([]);
});
