/** What a tool says about one place. */
export interface Finding {
  readonly tool: string;
  /** The tool's own id of the rule. */
  readonly rule: string;
  /** `Storage/Raw/Resource` of a template, or `lambda/compaction/planner.ts: <the line>` of a source. */
  readonly where: string;
  readonly message: string;
  /** Variant or file in which it was seen. */
  readonly seenIn: string;
}

/** A finding that is right as it is. It covers one rule in one place, in whatever variant that is found. */
export interface Exception {
  readonly tool: string;
  readonly rule: string;
  readonly where: string;
  /** For an auditor: why it is right here, and what to do where it is not. At least a sentence. */
  readonly reason: string;
}

/** One reason for several places, each still named by itself. */
export const group = (
  tool: string,
  reason: string,
  places: readonly (readonly [rule: string, where: string])[],
): readonly Exception[] => places.map(([rule, where]) => ({ tool, rule, where, reason }));

export interface Judgement {
  /** Findings that no exception covers, each place once. */
  readonly open: readonly Finding[];
  readonly excepted: readonly Finding[];
  /** Exceptions that cover nothing (any more): they would hide the finding when it comes back. */
  readonly stale: readonly Exception[];
}

/**
 * Weighs the findings of one tool.
 *
 * @throws Error when an exception has no reason worth the name, or is listed twice
 */
export function judge(tool: string, findings: readonly Finding[], exceptions: readonly Exception[]): Judgement {
  const own = new Map<string, Exception>();
  for (const exception of exceptions.filter((one) => one.tool === tool)) {
    const key = keyOf(exception);
    if (own.has(key)) throw new Error(`${key} is excepted twice`);
    if (!/^[A-Z].{28,}\.$/s.test(exception.reason)) throw new Error(`${key} is excepted without a reason`);
    own.set(key, exception);
  }
  const used = new Set<string>();
  const open = new Map<string, Finding>();
  const excepted = new Map<string, Finding>();
  for (const finding of findings) {
    const key = keyOf(finding);
    const isExcepted = own.has(key);
    if (isExcepted) used.add(key);
    (isExcepted ? excepted : open).set(key, finding);
  }
  return {
    open: [...open.values()],
    excepted: [...excepted.values()],
    stale: [...own].filter(([key]) => !used.has(key)).map(([, exception]) => exception),
  };
}

const keyOf = ({ tool, rule, where }: Pick<Finding, 'tool' | 'rule' | 'where'>): string =>
  `${tool} ${rule} at ${where}`;
