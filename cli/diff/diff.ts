import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { datasets } from '../../config/datasets';
import type { Dataset } from '../../lib/dataset';
import { type Change, type ChangeClass, compareDatasets, RULES } from '../../lib/dataset/evolution';
import { parseCommandLine, UsageError } from '../command-line';
import { plural } from '../format';
import type { Terminal } from '../terminal';
import { visible } from '../visible';

const BASELINE = 'config/baseline.json';
const FORMAT_VERSION = 1;

/** By policy, the classes that end the command with 1. */
const FAILS = { evolve: ['refused'], strict: ['refused', 'care'] } as const satisfies Readonly<
  Record<string, readonly ChangeClass[]>
>;

type Policy = keyof typeof FAILS;

const HELP = `\
Compares the datasets with a baseline, and says what each change does to data that is there: safe, needs care, or
refused. The baseline is a file of the repository: write it with each deployment, and CI has something to compare with.

Usage: npm run lake -- diff [options]

Options:
  --baseline FILE  (default ${BASELINE})
  --policy POLICY  evolve: fails on what is refused; strict: also on what needs care (default evolve)
  --write          writes the baseline instead: the datasets as they are now
  --json           one JSON object on standard output. Its fields are only added to while "formatVersion" is ${FORMAT_VERSION}
  --help           show this text

Exit code: 0 if the policy allows every change, 1 if not, 2 for a mistake on the command line or in the configuration,
or a baseline that cannot be read.
`;

const FLAGS = {
  baseline: { type: 'string' },
  policy: { type: 'string' },
  write: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** `npm run lake -- diff`. @returns the exit code, as its help says */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  return diff(args, terminal, datasets);
}

/** @param today the datasets as they are declared now */
export function diff(args: readonly string[], terminal: Terminal, today: readonly Dataset[]): number {
  const { values } = parseCommandLine(args, FLAGS);
  if (values.help === true) {
    terminal.line(HELP.trimEnd());
    return 0;
  }
  const file = values.baseline ?? BASELINE;
  const policy = policyOf(values.policy ?? 'evolve');
  if (values.write === true) {
    if (values.policy !== undefined || values.json === true)
      throw new UsageError('--write', 'it compares nothing', 'write it without --policy and --json');
    writeBaseline(file, today);
    terminal.line(`${plural(today.length, 'dataset')} written to ${visible(file)}: commit it`);
    return 0;
  }
  const changes = compareDatasets(readBaseline(file), today);
  const fails = changes.filter((change) => (FAILS[policy] as readonly ChangeClass[]).includes(change.class));
  const code = fails.length > 0 ? 1 : 0;
  if (values.json === true) {
    const told = changes.map((change) => ({ ...change, effect: plain(RULES[change.rule].effect) }));
    terminal.line(
      JSON.stringify(
        { formatVersion: FORMAT_VERSION, baseline: file, policy, isAllowed: code === 0, changes: told },
        undefined,
        2,
      ),
    );
  } else print(changes, fails.length, policy, terminal);
  return code;
}

function policyOf(text: string): Policy {
  if (Object.hasOwn(FAILS, text)) return text as Policy;
  throw new UsageError('--policy', `"${text}" is no policy`, `write one of ${Object.keys(FAILS).join(', ')}`);
}

/** @throws UsageError when there is none that can be read */
export function readBaseline(file: string): readonly Dataset[] {
  const wrong = (problem: string, fix: string): UsageError => new UsageError('--baseline', `${file} ${problem}`, fix);
  const renew = 'check out the commit that is deployed, and run npm run lake -- diff --write there';
  if (!existsSync(file)) throw wrong('does not exist', renew);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong(`is not JSON: ${(error as Error).message}`, renew);
  }
  const { formatVersion, datasets: found } = (parsed ?? {}) as { formatVersion?: unknown; datasets?: unknown };
  if (formatVersion !== FORMAT_VERSION)
    throw wrong(`has formatVersion ${JSON.stringify(formatVersion)}, not ${FORMAT_VERSION}`, renew);
  const isDataset = (one: Partial<Dataset> | null): boolean =>
    [one?.columns, one?.partition?.leading].every(Array.isArray) &&
    typeof one?.name === 'string' &&
    Boolean(one.compaction && one.retention);
  if (!Array.isArray(found) || !found.every(isDataset))
    throw wrong('holds no datasets as this command writes them', renew);
  return found as readonly Dataset[];
}

const writeBaseline = (file: string, today: readonly Dataset[]): void =>
  writeFileSync(file, `${JSON.stringify({ formatVersion: FORMAT_VERSION, datasets: today }, undefined, 2)}\n`);

const WORDS: Readonly<Record<ChangeClass, string>> = { safe: 'safe', care: 'needs care', refused: 'refused' };

function print(changes: readonly Change[], fails: number, policy: Policy, terminal: Terminal): void {
  const paint = { safe: terminal.good, care: terminal.bold, refused: terminal.bad };
  for (const kind of ['refused', 'care', 'safe'] as const) {
    for (const { dataset, subject, rule, from, to, ...change } of changes) {
      if (change.class !== kind) continue;
      const where = subject === '' ? dataset : `${dataset}: ${subject}`;
      const values = from === undefined && to === undefined ? '' : ` (${from ?? 'none'} -> ${to ?? 'none'})`;
      terminal.line(`${paint[kind](WORDS[kind].padEnd(10))} ${visible(`${where}${values}`)}`);
      terminal.line(`           ${plain(RULES[rule].change)}: ${plain(RULES[rule].effect)}`);
    }
  }
  if (changes.length === 0) terminal.line('Nothing changed that data or tables notice.');
  else if (fails > 0)
    terminal.line(
      `${plural(fails, 'change')} that ${policy} does not allow. If it is wanted all the same, deploy it, and renew the baseline.`,
    );
}

/** Without the marks of Markdown. */
const plain = (markdown: string): string => markdown.replaceAll(/[`*]/g, '');
