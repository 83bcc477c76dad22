import type { Finding } from './finding';
import type { Workbench } from './tool';

/** What one tool thinks of what we ship. */
export interface Analysis {
  readonly tool: string;
  /** What was looked at, with its number: '24 templates'. */
  readonly subject: string;
  readonly findings: readonly Finding[];
  /** Rules that the tool must find broken in its canary, and those it did: a tool that finds nothing is not a proof. */
  readonly canary: { readonly expected: readonly string[]; readonly found: ReadonlySet<string> };
}

export type Analyzer = (workbench: Workbench) => Promise<readonly Analysis[]>;
