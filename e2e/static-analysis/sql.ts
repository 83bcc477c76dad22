import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { smokeQueries } from '../../cli/smoke/queries';
import { parseDataset, partitionForTime } from '../../lib/dataset';
import { datasets } from '../../test/fixtures/datasets';
import { synthesize } from '../../test/support/synthesize';
import { VARIANTS } from '../../test/support/variants';
import { EVERY_TYPE } from '../data/datasets';
import { PROJECT_ROOT } from '../tools/project';
import { projectFiles } from '../tools/sources';
import type { Analyzer } from './analysis';
import { jsonOf } from './tool';

interface SqlText {
  readonly name: string;
  readonly seenIn: string;
  readonly sql: string;
}

const CANARIES: Readonly<Record<string, string>> = {
  syntax: 'SELECT status, count(*) FROM access_logs WHERE year = 2026 GROUP status',
  'unknown-function': 'SELECT approximate_distinct(status) FROM access_logs',
  'unknown-type': "SELECT CAST('1' AS strng)",
  'one-statement': 'SELECT 1; SELECT 2',
};

/** Every text that Athena is to run: saved queries and views of the templates, what the smoke test asks, and the SQL that the pages show. */
export const trinoSql: Analyzer = async (workbench) => {
  const texts = [...VARIANTS.flatMap(savedQueries), ...askedQueries(), ...shownQueries()];
  const canaries = Object.entries(CANARIES).map(([rule, sql]) => ({ name: `canary ${rule}`, sql }));
  const file = join(workbench.folder, 'sql.json');
  writeFileSync(file, JSON.stringify([...texts, ...canaries].map(({ name, sql }) => ({ name, sql }))));
  const run = await workbench.run(await workbench.environment('trino-sql-validator'), [
    'python',
    join(__dirname, 'parse_sql.py'),
    file,
  ]);
  const judged = jsonOf<readonly { readonly name: string; readonly found: readonly [string, string][] }[]>(
    'the parser',
    run,
  );
  if (judged.length !== texts.length + canaries.length) throw new Error('the parser did not judge every text');
  return [
    {
      tool: 'trino-sql-validator',
      subject: `${texts.length} SQL texts`,
      findings: texts.flatMap(({ name, seenIn }, index) =>
        (judged[index]?.found ?? []).map(([rule, message]) => ({
          tool: 'trino-sql-validator',
          rule,
          where: name,
          message,
          seenIn,
        })),
      ),
      canary: {
        expected: Object.keys(CANARIES),
        found: new Set(
          judged
            .slice(texts.length)
            .flatMap(({ name, found }) => found.map(([rule]) => rule).filter((rule) => name === `canary ${rule}`)),
        ),
      },
    },
  ];
};

function savedQueries(variant: (typeof VARIANTS)[number]): SqlText[] {
  return synthesize(variant).flatMap(({ template }) =>
    Object.values(template.Resources).flatMap(({ Type, Properties = {} }) => {
      if (Type === 'AWS::Glue::Table') refuseViews(Properties);
      if (Type !== 'AWS::Athena::NamedQuery') return [];
      const { Name, QueryString } = Properties;
      if (typeof QueryString !== 'string') throw new Error(`the text of the saved query ${Name} is not known at synth`);
      return [{ name: `saved query '${Name}'`, seenIn: variant.name, sql: QueryString }];
    }),
  );
}

/** Of the shipped datasets, and of datasets with every type and partition scheme. */
const askedQueries = (): SqlText[] =>
  [...datasets, ...EVERY_TYPE.map((definition) => parseDataset(definition))].flatMap((dataset) => {
    const leading = dataset.partition.leading.map(
      (key) => [key.name, key.kind === 'enum' ? key.values[0] : 'x'] as const,
    );
    const first = new Date(`${dataset.partition.from}T00:00:00Z`);
    const partition = partitionForTime(dataset, first, Object.fromEntries(leading) as Record<string, string>);
    return smokeQueries(dataset, partition).map((sql, index) => ({
      name: `smoke test of ${dataset.name}, query ${index + 1}`,
      seenIn: 'cli/smoke/queries.ts',
      sql,
    }));
  });

/** A view holds its SQL in base64, which nobody reads here yet. */
function refuseViews({ TableInput }: Readonly<Record<string, unknown>>): void {
  if (typeof TableInput === 'object' && TableInput !== null && 'ViewOriginalText' in TableInput) {
    throw new Error('a Glue table is a view now: have e2e/static-analysis/sql.ts parse its text');
  }
}

const shownQueries = (): SqlText[] =>
  projectFiles()
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...readFileSync(join(PROJECT_ROOT, file), 'utf8').matchAll(/^ *```sql\n(.*?)^ *```$/gms)].map(
        ([, sql = ''], index) => ({
          name: `${file}, block ${index + 1}`,
          seenIn: file,
          sql,
        }),
      ),
    );
