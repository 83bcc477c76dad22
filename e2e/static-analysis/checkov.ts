import { basename } from 'node:path';
import type { Analysis } from './analysis';
import { CANARY, type TemplateFile } from './templates';
import { jsonOf, type Workbench } from './tool';

interface Check {
  readonly check_id: string;
  readonly check_name: string;
  /** `AWS::S3::Bucket.Raw12AB34CD` in a template, a digest of the text for a secret. */
  readonly resource: string;
  readonly file_path: string;
  readonly file_line_range: readonly [number, number];
}

interface Report {
  readonly check_type: string;
  readonly summary: { readonly parsing_errors: number; readonly resource_count: number };
  readonly results: { readonly failed_checks: readonly Check[]; readonly parsing_errors?: readonly string[] };
}

/** One run over a folder, with the policies that it brings along: none is downloaded. */
export async function checkovReport(workbench: Workbench, folder: string, args: readonly string[]): Promise<Report> {
  const run = await workbench.run(
    await workbench.environment('checkov'),
    [...['checkov', '--directory', '.', '--output', 'json', '--compact', '--quiet', '--skip-download'], ...args],
    folder,
  );
  const report = jsonOf<Report | { readonly failed: number }>('checkov', run);
  if (!('results' in report)) throw new Error(`checkov looked at nothing: ${JSON.stringify(report)}\n${run.stderr}`);
  if (report.summary.parsing_errors > 0) throw new Error(`checkov cannot read ${report.results.parsing_errors}`);
  return report;
}

/** Checkov on the templates. */
export async function checkov(workbench: Workbench, folder: string, files: readonly TemplateFile[]): Promise<Analysis> {
  const { summary, results } = await checkovReport(workbench, folder, ['--framework', 'cloudformation']);
  const byFile = new Map(files.map((file) => [file.file, file]));
  const isCanary = ({ file_path }: Check): boolean => basename(file_path) === CANARY;
  return {
    tool: 'checkov',
    subject: `${files.length} templates, ${summary.resource_count} resources`,
    findings: results.failed_checks
      .filter((check) => !isCanary(check))
      .map((check) => {
        const file = byFile.get(basename(check.file_path));
        if (file === undefined) throw new Error(`checkov speaks of ${check.file_path}: ${check.check_name}`);
        const where = file.where(check.resource.split('.')[1]);
        return { tool: 'checkov', rule: check.check_id, where, message: check.check_name, seenIn: file.variant };
      }),
    canary: {
      expected: ['CKV_AWS_18', 'CKV_AWS_21', 'CKV_AWS_116', 'CKV_AWS_173'],
      found: new Set(results.failed_checks.filter(isCanary).map(({ check_id }) => check_id)),
    },
  };
}
