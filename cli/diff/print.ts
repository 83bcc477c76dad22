import { type Change, type ChangeClass, RULES } from '../../lib/dataset/evolution';
import type { Terminal } from '../terminal';
import { visible } from '../visible';
import type { ResourceLoss } from './resources';

export interface Findings {
  readonly changes: readonly Change[];
  /** Of a deployed stage. */
  readonly resources: readonly ResourceLoss[];
}

const WORDS: Readonly<Record<ChangeClass, string>> = { safe: 'safe', care: 'needs care', refused: 'refused' };

/** What loses something first. */
export function printFindings({ changes, resources }: Findings, terminal: Terminal): void {
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
    for (const loss of resources) {
      if ((loss.holds === undefined ? 'safe' : 'refused') !== kind) continue;
      const { type, stack, logicalId, name } = loss;
      say(kind, `${type} ${stack}/${logicalId}${name === undefined ? '' : ` (${name})`}`, effectOf(loss));
    }
  }
  if (changes.length + resources.length === 0) terminal.line('Nothing changed that data or tables notice.');
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
