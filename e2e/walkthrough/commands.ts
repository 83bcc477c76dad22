export interface Commands {
  /** Line of the page on which the block begins, from 1. */
  readonly line: number;
  readonly script: string;
  /** What it must print: these lines, in this order, perhaps others between them. `…` stands for any text. */
  readonly prints: readonly string[];
  /** Why it is not run; undefined when it is. */
  readonly notRun: string | undefined;
}

const BLOCK = /^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?(?:\n\*(Not run by th(?:e|is) test: .*?)\*\n)?/gms;

/**
 * The shell commands of a page, in order. A `sh` block is run, unless a paragraph behind it says `*Not run by the test: …*`.
 * A `text` block behind it is what it prints.
 */
export function commandsOf(page: string): readonly Commands[] {
  return [...page.matchAll(BLOCK)].map((match) => {
    const [, script = '', prints = '', notRun] = match;
    return {
      line: page.slice(0, match.index).split('\n').length,
      script,
      prints: prints.split('\n').filter((line) => line !== ''),
      notRun: notRun?.replaceAll('\n', ' '),
    };
  });
}

/** The first line of `expected` that `printed` lacks behind the lines before it, or undefined. */
export function firstMissing(printed: string, expected: readonly string[]): string | undefined {
  const lines = printed.split('\n');
  let from = 0;
  for (const text of expected) {
    const pattern = new RegExp(`^${text.split('…').map(literally).join('.+')}$`);
    const found = lines.findIndex((line, index) => index >= from && pattern.test(line.trimEnd()));
    if (found < 0) return text;
    from = found + 1;
  }
  return undefined;
}

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
