import { type Change, type ChangeClass, RULES } from '../../lib/dataset/evolution';
import type { Terminal } from '../terminal';
import { visible } from '../visible';
import type { ResourceLoss } from './resources';

export interface Findings {
  readonly changes: readonly Change[];
  /** Of a deployed stage. */
  readonly resources: readonly ResourceLoss[];
  readonly orphans: readonly Orphan[];
  /** Datasets of which only the columns, keys and years were compared. */
  readonly undeclared: readonly string[];
}

/** A deployed stack of the stage that the code does not make any more. */
export interface Orphan {
  readonly stack: string;
  /** What it has that cannot be made again, by type, each once. */
  readonly holds: readonly string[];
}

/** No deployment deletes such a stack. It costs, and may use what others export, until somebody decides. */
export const ORPHAN: ChangeClass = 'care';

const WORDS: Readonly<Record<ChangeClass, string>> = { safe: 'safe', care: 'needs care', refused: 'refused' };

/** What loses something first. */
export function printFindings({ changes, resources, orphans, undeclared }: Findings, terminal: Terminal): void {
  const paint = { safe: terminal.good, care: terminal.bold, refused: terminal.bad };
  const say = (kind: ChangeClass, subject: string, effect: string): void => {
    terminal.line(`${paint[kind](WORDS[kind].padEnd(10))} ${visible(subject)}`);
    terminal.line(`           ${visible(effect)}`);
  };
  for (const kind of ['refused', 'care', 'safe'] as const) {
    for (const { dataset, subject, rule, from, to, ...change } of changes) {
      if (change.class !== kind) continue;
      const where = subject === '' ? dataset : `${dataset}: ${subject}`;
      const values = from === undefined && to === undefined ? '' : ` (${from ?? 'none'} -> ${to ?? 'none'})`;
      say(kind, `${where}${values}`, `${plain(RULES[rule].change)}: ${plain(RULES[rule].effect)}`);
    }
    for (const { stack, holds } of kind === ORPHAN ? orphans : []) {
      const what = holds.length === 0 ? 'nothing that cannot be made again' : holds.join('; ');
      say(
        kind,
        `stack ${stack}`,
        `the code does not make it any more: no deployment changes or deletes it. It has: ${what}`,
      );
    }
    for (const loss of resources) {
      if ((loss.holds === undefined ? 'safe' : 'refused') !== kind) continue;
      const { type, stack, logicalId, name } = loss;
      say(kind, `${type} ${stack}/${logicalId}${name === undefined ? '' : ` (${name})`}`, effectOf(loss));
    }
  }
  if (undeclared.length > 0) {
    const names = visible(undeclared.join(', '));
    terminal.line(
      `Only columns, keys and years were compared of ${names}: their tables hold the rest from the next deployment on.`,
    );
  }
  if (changes.length + resources.length + orphans.length === 0)
    terminal.line('Nothing changed that data or tables notice.');
}

const show = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));

function effectOf({ change, holds = 'nothing that cannot be made again' }: ResourceLoss): string {
  if (change.kind === 'retyped') return `becomes a ${change.type}: CloudFormation refuses that`;
  const { property } = change;
  const why = property === undefined ? '' : ` (${property.path}: ${show(property.from)} -> ${show(property.to)})`;
  if (change.kind === 'unprotected') return `loses its protection${why}: the next deletion takes ${holds} along`;
  if (change.isKept) return `is ${change.kind}${why}: it stays in the account without a stack, and a new one is empty`;
  return `is ${change.kind}${why}: lost with it: ${holds}`;
}

/** Without the marks of Markdown. */
export const plain = (markdown: string): string => markdown.replaceAll(/[`*]/g, '');
