import type { Analysis } from './analysis';
import type { Finding } from './finding';
import { CANARY, type TemplateFile } from './templates';
import { jsonOf, type Workbench } from './tool';

interface Match {
  readonly Filename: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
  readonly Message: string;
  readonly Rule: { readonly Id: string };
}

/** Where the schemas of the resources differ; a stage that names no region may go to any. */
const REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-1'];

/** AWS's own linter, with every rule: informational and experimental ones, and types without leniency. */
export async function cfnLint(workbench: Workbench, folder: string, files: readonly TemplateFile[]): Promise<Analysis> {
  const all = ['--include-checks', 'I', '--include-experimental', '--configure-rule', 'E3012:strict=true'];
  const run = await workbench.run(
    await workbench.environment('cfn-lint'),
    [...['cfn-lint', '--format', 'json', '--regions', ...REGIONS], ...all, '--template', '*.template.json'],
    folder,
  );
  const matches = jsonOf<readonly Match[]>('cfn-lint', run);
  const byFile = new Map(files.map((file) => [file.file, file]));
  return {
    tool: 'cfn-lint',
    subject: `${files.length} templates, ${REGIONS.length} regions`,
    findings: matches.flatMap((match) => findingOf(match, byFile)),
    canary: {
      expected: ['E3030', 'W3005', 'I3011'],
      found: new Set(matches.filter(({ Filename }) => Filename === CANARY).map(({ Rule }) => Rule.Id)),
    },
  };
}

function findingOf(
  { Filename, Location, Message, Rule }: Match,
  byFile: ReadonlyMap<string, TemplateFile>,
): readonly Finding[] {
  if (Filename === CANARY) return [];
  const file = byFile.get(Filename);
  if (file === undefined) throw new Error(`cfn-lint speaks of ${Filename}: ${Message}`);
  const [section, logicalId] = Location.Path ?? [];
  const where = file.where(section === 'Resources' ? String(logicalId) : undefined);
  return [{ tool: 'cfn-lint', rule: Rule.Id, where, message: Message, seenIn: file.variant }];
}
