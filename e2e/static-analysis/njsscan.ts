import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { transformSync } from 'esbuild';
import { PROJECT_ROOT } from '../tools/project';
import type { PythonEnvironment } from '../tools/python';
import { projectFiles } from '../tools/sources';
import type { Analyzer } from './analysis';
import { jsonOf } from './tool';

/** What runs in the account, in the gateway, at synth, or on the machine that deploys. */
const FOLDERS = [
  'bin',
  'cli',
  'config',
  'ingest',
  'lambda',
  'lib',
  'packages',
  ':!*/test/*',
  ':!ingest/bench',
  ':!ingest/e2e',
];
const CANARY = 'canary.ts';

/** Wrong in ways that the scanner must see, and in TypeScript, so that it proves the whole way from source to finding. */
const CANARY_SOURCE = `
import { exec } from 'node:child_process';
import express, { type Request, type Response } from 'express';
const app: express.Application = express();
app.get('/', (req: Request, res: Response): void => {
  exec('ls ' + req.query.folder, () => {});
  res.send(String(eval(req.query.code as string)));
});
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
`;

interface Match {
  readonly file_path: string;
  readonly match_lines: readonly [number, number];
  readonly match_position: readonly [number, number];
}

interface Report {
  readonly errors: readonly unknown[];
  readonly nodejs: Readonly<Record<string, { readonly files?: readonly Match[]; readonly metadata: Metadata }>>;
}

interface Metadata {
  readonly description: string;
  readonly cwe: string;
}

/**
 * Static analysis of the sources. The scanner reads JavaScript, so the types are stripped first; what it finds is told by
 * the line of the source.
 */
export const njsscan: Analyzer = async (workbench) => {
  const folder = join(workbench.folder, 'javascript');
  const files = projectFiles(...FOLDERS).filter((file) => file.endsWith('.ts'));
  const write = (path: string, source: string): [string, Original] => {
    const { code, map } = toScript(source);
    const target = join(folder, path.replace(/ts$/, 'js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
    return [relative(folder, target), { path, lines: source.split('\n'), map }];
  };
  const originals = new Map(
    files
      .map((file) => write(file, readFileSync(join(PROJECT_ROOT, file), 'utf8')))
      .concat([write(CANARY, CANARY_SOURCE)]),
  );

  // The rules are njsscan's own; semgrep, which it starts, downloads none.
  const environment = await workbench.environment('njsscan');
  const programs = withOneThread(join(workbench.folder, 'programs'), environment);
  const run = await workbench.run(environment, ['njsscan', '--json', folder], workbench.folder, programs);
  const { errors, nodejs } = jsonOf<Report>('njsscan', run);
  if (errors.length > 0) throw new Error(`njsscan: ${JSON.stringify(errors)}`);
  const matches = Object.entries(nodejs).flatMap(([rule, { files: found = [], metadata }]) =>
    found.map((match) => ({ rule, ...metadata, ...placeOf(match, originals.get(relative(folder, match.file_path))) })),
  );
  return [
    {
      tool: 'njsscan',
      subject: `${files.length} sources`,
      findings: matches
        .filter(({ path }) => path !== CANARY)
        .map(({ rule, description, cwe, path, line, text }) => ({
          tool: 'njsscan',
          rule,
          where: `${path}: ${text}`,
          message: `${description} (${cwe})`,
          seenIn: `line ${line}`,
        })),
      canary: {
        expected: ['eval_nodejs', 'generic_os_command_exec', 'node_tls_reject'],
        found: new Set(matches.filter(({ path }) => path === CANARY).map(({ rule }) => rule)),
      },
    },
  ];
};

interface Original {
  readonly path: string;
  readonly lines: readonly string[];
  readonly map: SourceMap;
}

/**
 * Semgrep's threads share one heap. Where a processor has other work too, they wait for each other and take twice the time
 * (https://semgrep.dev/docs/cli-reference#semgrep-scan-command-options, `--jobs`), and njsscan does not pass an option on.
 *
 * @returns a folder with a `semgrep` that has one thread
 */
function withOneThread(folder: string, { bin }: PythonEnvironment): string {
  mkdirSync(folder, { recursive: true });
  const script = `#!/bin/sh\ncommand=$1\nshift\nexec '${join(bin, 'semgrep')}' "$command" --jobs 1 "$@"\n`;
  writeFileSync(join(folder, 'semgrep'), script, { mode: 0o755 });
  return folder;
}

/** Without types, and with `require('x')` for an import of `node:x`: the only form that the rules know. */
function toScript(source: string): { readonly code: string; readonly map: SourceMap } {
  const { code, map } = transformSync(source, { loader: 'ts', target: 'es2023', sourcemap: 'external' });
  const script = code.replaceAll(
    /^import (?:(\w+)(?:, )?)?(?:\* as (\w+) |(\{[^}]*\}) )?(?:from )?"(?:node:)?([^"]+)";$/gm,
    (_, standard: string | undefined, all: string | undefined, some: string | undefined, name: string) =>
      [standard ?? all, some?.replaceAll(' as ', ': ')]
        .filter((bound) => bound !== undefined)
        .map((bound) => `const ${bound} = require('${name}');`)
        .join(' ') || `require('${name}');`,
  );
  return { code: script, map: new SourceMap(JSON.parse(map) as SourceMapPayload) };
}

/** The line of the source, counted from 1. */
function placeOf(match: Match, original: Original | undefined): { path: string; line: number; text: string } {
  if (original === undefined) throw new Error(`njsscan speaks of ${match.file_path}`);
  const entry = original.map.findEntry(match.match_lines[0] - 1, match.match_position[0] - 1);
  const line = 'originalLine' in entry ? entry.originalLine : 0;
  return { path: original.path, line: line + 1, text: (original.lines[line] ?? '').trim() };
}
