/** What the README tells a fork to do, as steps that a program can follow: the page is the only place that says them. */

/** One thing that a person does. */
export type Step =
  | { readonly kind: 'run'; readonly script: string }
  | { readonly kind: 'write'; readonly file: string; readonly text: string }
  | { readonly kind: 'replace'; readonly file: string; readonly from: string; readonly to: string };

/** The page says nothing that can be followed, or something that does not fit. */
export class RecipeError extends Error {
  override readonly name = 'RecipeError';
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;
/** A file that the prose names; the last one before a block is the one that it is about. */
const FILE = /`(config\/[\w./-]+\.ts)`/g;
/** Where the prose points to the example of a dataset. */
const EXAMPLE = /\(#add-a-dataset\)/;

/**
 * Reads the steps under a heading. Blocks of `sh` are run. Blocks of `diff` change the file that is named last before them. Prose
 * that links to "Add a dataset" means: write the program of that section to the file that is named beside the link.
 *
 * @param heading with its marks, such as `### Your datasets`
 * @throws RecipeError when there is no such heading, or nothing to do under it
 */
export function recipeOf(page: string, heading: string): readonly Step[] {
  const text = sectionOf(page, heading);
  const steps: Step[] = [];
  let at = 0;
  let file: string | undefined;
  const readProse = (prose: string): void => {
    for (const paragraph of prose.split('\n\n')) {
      file = [...paragraph.matchAll(FILE)].at(-1)?.[1] ?? file;
      const [named] = [...paragraph.matchAll(FILE)];
      if (EXAMPLE.test(paragraph)) {
        if (named?.[1] === undefined)
          throw new RecipeError(`${heading}: no file is named beside the link to the example`);
        steps.push({ kind: 'write', file: named[1], text: exampleOf(page) });
      }
    }
  };
  for (const match of text.matchAll(FENCE)) {
    const [block, language = '', body = ''] = match;
    readProse(text.slice(at, match.index));
    at = match.index + block.length;
    if (language === 'sh') steps.push({ kind: 'run', script: body });
    else if (language === 'diff') steps.push(changeOf(heading, file, body));
    else throw new RecipeError(`${heading}: a block of ${language || 'no language'} is not a step: write sh or diff`);
  }
  readProse(text.slice(at));
  if (steps.length === 0) throw new RecipeError(`${heading}: there is no step under it`);
  return steps;
}

/** Up to the next heading of the same or a higher level. */
function sectionOf(page: string, heading: string): string {
  const start = page.split('\n').indexOf(heading);
  if (start < 0) throw new RecipeError(`there is no heading "${heading}"`);
  const level = heading.indexOf(' ');
  const lines = page.split('\n').slice(start + 1);
  const end = lines.findIndex((line) => new RegExp(`^#{1,${level}} `).test(line));
  return lines.slice(0, end < 0 ? undefined : end).join('\n');
}

function exampleOf(page: string): string {
  const [program] = [...sectionOf(page, '## Add a dataset').matchAll(FENCE)].filter(
    ([, language]) => language === 'ts',
  );
  if (program?.[2] === undefined) throw new RecipeError('"Add a dataset" shows no program');
  return program[2];
}

function changeOf(heading: string, file: string | undefined, body: string): Step {
  if (file === undefined) throw new RecipeError(`${heading}: no file is named before a diff`);
  const lines = body.replace(/\n$/, '').split('\n');
  const of = (marks: string): string =>
    lines
      .filter((line) => marks.includes(line[0] ?? ' '))
      .map((line) => line.slice(1))
      .join('\n');
  return { kind: 'replace', file, from: of(' -'), to: of(' +') };
}

/**
 * The text of a file after a step.
 *
 * @throws RecipeError unless the old lines are in it exactly once
 */
export function replaced(text: string, { file, from, to }: Extract<Step, { kind: 'replace' }>): string {
  const parts = text.split(from);
  if (parts.length !== 2) {
    throw new RecipeError(`${file} has the lines of the README ${parts.length - 1} times, not once:\n${from}`);
  }
  return parts.join(to);
}
