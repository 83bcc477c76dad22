import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `never`: refused by a deny of the role itself, whatever else allows it. */
export type Verdict = 'may' | 'may not' | 'never';

const VERDICTS: ReadonlySet<string> = new Set<Verdict>(['may', 'may not', 'never']);

/** One row of docs/access-matrix.md, for one of the roles that its heading names. */
export interface MatrixRow {
  readonly role: string;
  readonly verdict: Verdict;
  /** `s3:GetObject` and so on. `CompleteMultipartUpload` is a request without an action of its own. */
  readonly actions: readonly string[];
  /** As `target` of test/support/iam/symbols.ts reads them. */
  readonly targets: readonly string[];
}

/** The name of a row in reports. */
export const nameOf = ({ role, verdict, actions, targets }: MatrixRow): string =>
  `${role} ${verdict} ${actions.join(', ')} on ${targets.join(', ')}`;

/**
 * Reads the matrix from its page: `## Title: role, role` and below it rows of `| verdict | \`service\` Action, Action | \`target\`,
 * \`target\` |`. The page is the specification, so it cannot say anything else than the tests do.
 *
 * @throws Error with the line that reads otherwise
 */
export function parseMatrix(markdown: string): readonly MatrixRow[] {
  let roles: readonly string[] = [];
  return markdown.split('\n').flatMap((line, index): MatrixRow[] => {
    const fail = (why: string): never => {
      throw new Error(`docs/access-matrix.md, line ${index + 1}: ${why}`);
    };
    if (line.startsWith('## ')) {
      const [, names] = /^## [^:]+: (.+)$/.exec(line) ?? fail('a heading names its roles after a colon');
      roles = (names ?? '').split(', ');
      return [];
    }
    if (!line.startsWith('|') || line === '| | requests | on |' || line === '|---|---|---|') return [];
    const [, verdict = '', requests = '', on = '', ...rest] = line.split('|').map((cell) => cell.trim());
    if (!VERDICTS.has(verdict)) fail(`'${verdict}' is neither may nor may not nor never`);
    if (rest.length !== 1) fail('a row has three cells');
    const [, service = '', names = ''] =
      /^`([\w-]+)` (\w+(?:, \w+)*)$/.exec(requests) ?? fail('requests are `service` Name, Name');
    if (!/^`[^`]+`(?:, `[^`]+`)*$/.test(on)) fail('targets are each in backticks');
    if (roles.length === 0) fail('no heading has named a role');
    return roles.map((role) => ({
      role,
      verdict: verdict as Verdict,
      actions: names.split(', ').map((name) => `${service}:${name}`),
      targets: on
        .slice(1, -1)
        .split('`, `')
        .map((one) => one.replaceAll('{role}', role)),
    }));
  });
}

/** The matrix as the page has it. */
export const readMatrix = (): readonly MatrixRow[] =>
  parseMatrix(readFileSync(join(__dirname, '../../docs/access-matrix.md'), 'utf8'));
