import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PROJECT_ROOT } from '../tools/project';
import { projectFiles } from '../tools/sources';
import type { Analysis, Analyzer } from './analysis';
import { jsonOf, type Workbench } from './tool';

const CANARY = 'canary.yml';

/** Valid but for one misspelt key, and open to anyone who writes the title of an issue. */
const CANARY_WORKFLOW = `
on: issues
permissions: write-all
jobs:
  greet:
    runs-on: ubuntu-24.04
    time-out: 5
    steps:
      - uses: actions/checkout@v4
      - run: echo "\${{ github.event.issue.title }}"
`;

/** The workflows of the repository: by the schema that GitHub publishes, and by a scanner for what attackers use. */
export const workflows: Analyzer = async (workbench) => {
  const folder = join(workbench.folder, '.github', 'workflows');
  mkdirSync(folder, { recursive: true });
  const files = projectFiles('.github/workflows', 'docs/pipeline').filter((file) => !file.endsWith('account.yml'));
  for (const file of files) copyFileSync(join(PROJECT_ROOT, file), join(folder, basename(file)));
  writeFileSync(join(folder, CANARY), CANARY_WORKFLOW);
  const names = [...files.map((file) => basename(file)), CANARY];
  return [await bySchema(workbench, folder, names), await byScanner(workbench, folder, names)];
};

interface SchemaReport {
  readonly errors: readonly { readonly filename: string; readonly path: string; readonly message: string }[];
  readonly parse_errors: readonly { readonly filename: string; readonly message: string }[];
}

async function bySchema(workbench: Workbench, folder: string, names: readonly string[]): Promise<Analysis> {
  const tool = 'check-jsonschema';
  const schema = ['--builtin-schema', 'vendor.github-workflows', '--output-format', 'json'];
  const run = await workbench.run(await workbench.environment('workflows'), [tool, ...schema, ...names], folder);
  const { errors, parse_errors } = jsonOf<SchemaReport>(tool, run);
  const found = [...errors, ...parse_errors.map((error) => ({ ...error, path: '$' }))].map((error) => ({
    tool,
    rule: 'schema',
    where: `${basename(error.filename)} ${error.path}`,
    message: error.message,
    seenIn: basename(error.filename),
  }));
  return {
    tool,
    subject: `${names.length - 1} workflows`,
    findings: found.filter(({ seenIn }) => seenIn !== CANARY),
    canary: {
      expected: ['schema'],
      found: new Set(found.filter(({ seenIn }) => seenIn === CANARY).map(({ rule }) => rule)),
    },
  };
}

interface ScannerFinding {
  readonly ident: string;
  readonly desc: string;
  readonly locations: readonly {
    readonly symbolic: { readonly key: { readonly Local?: { readonly verbatim_path: string } } };
    readonly concrete: { readonly location: { readonly start_point: { readonly row: number } } };
  }[];
}

async function byScanner(workbench: Workbench, folder: string, names: readonly string[]): Promise<Analysis> {
  const tool = 'zizmor';
  const options = ['--offline', '--persona', 'pedantic', '--format', 'json-v1', '--no-exit-codes'];
  const run = await workbench.run(await workbench.environment('workflows'), [tool, ...options, ...names], folder);
  const found = jsonOf<readonly ScannerFinding[]>(tool, run).map(({ ident, desc, locations: [location] }) => {
    const file = basename(location?.symbolic.key.Local?.verbatim_path ?? '');
    const line = (location?.concrete.location.start_point.row ?? 0) + 1;
    return { tool, rule: ident, where: file, message: desc, seenIn: `line ${line}` };
  });
  return {
    tool,
    subject: `${names.length - 1} workflows`,
    findings: found.filter(({ where }) => where !== CANARY),
    canary: {
      expected: ['template-injection', 'excessive-permissions', 'unpinned-uses'],
      found: new Set(found.filter(({ where }) => where === CANARY).map(({ rule }) => rule)),
    },
  };
}
