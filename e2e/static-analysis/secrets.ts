import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../tools/project';
import { projectFiles } from '../tools/sources';
import type { Analyzer } from './analysis';
import { checkovReport } from './checkov';

const CANARY = 'canary.ts';

/** Not a key: made up, in the form of one. In two halves, or it would be found here as well. */
const CANARY_SOURCE = `export const key = { accessKeyId: 'AKIA${'QX4TBMPZ7W2RVJ6N'}' };\n`;

/** Keys, tokens and passwords in any file that git holds, whatever its kind. */
export const secrets: Analyzer = async (workbench) => {
  const folder = join(workbench.folder, 'project');
  const files = projectFiles();
  for (const file of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    copyFileSync(join(PROJECT_ROOT, file), join(folder, file));
  }
  writeFileSync(join(folder, CANARY), CANARY_SOURCE);
  const { results } = await checkovReport(workbench, folder, [
    '--framework',
    'secrets',
    '--enable-secret-scan-all-files',
  ]);
  const checks = results.failed_checks.map((check) => ({ ...check, file: check.file_path.slice(1) }));
  return [
    {
      tool: 'checkov secrets',
      subject: `${files.length} files`,
      findings: checks
        .filter(({ file }) => file !== CANARY)
        .map(({ check_id, check_name, file, resource, file_line_range: [line] }) => ({
          tool: 'checkov secrets',
          rule: check_id,
          // By a digest, because an exception that quotes the text would be found itself.
          where: `${file}: text with the digest ${resource.slice(0, 8)}`,
          message: check_name,
          seenIn: `line ${line}`,
        })),
      canary: {
        expected: ['CKV_SECRET_2'],
        found: new Set(checks.filter(({ file }) => file === CANARY).map(({ check_id }) => check_id)),
      },
    },
  ];
};
