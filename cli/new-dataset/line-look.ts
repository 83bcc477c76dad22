import { plural } from '../format';
import FORMS, { type LineForm } from './line-forms';
import { LineReader } from './line-matching';
import { type Skeleton, skeletonOf } from './line-skeleton';

/** How the lines of a text are read, where no delimiter tells it. */
export interface LineLook {
  /** As `input.lines` has it. */
  readonly lines: { readonly pattern: string; readonly nulls?: readonly string[] };
  /** What writes such lines; undefined for a pattern that was made of them. */
  readonly name: string | undefined;
  /** Share of the lines that match. */
  readonly share: number;
  /** What is not sure about it. */
  readonly doubts: readonly string[];
}

/** From this share of the lines on, they are of a form. */
const LEAST_SHARE = 0.5;
const SHOWN = 60;

/** A form that is known for most of the lines. */
export function knownLines(lines: readonly string[]): LineLook | undefined {
  const forms = FORMS.filter(({ sign }) => sign === undefined || lines.some((line) => sign.test(line)));
  const signed = forms.filter(({ sign }) => sign !== undefined);
  const found = (signed.length > 0 ? signed : forms)
    .map((form) => ({ form, others: unmatched(form.pattern, lines) }))
    .reduce((a, b) => (b.others.length < a.others.length ? b : a));
  const { form, others } = found;
  return look(form, others, lines, form.name, [`the lines are taken for those of ${form.name}`]);
}

/** A pattern that is made of the lines, where they have a time. */
export function guessedLines(lines: readonly string[]): LineLook | undefined {
  const skeleton: Skeleton | undefined = skeletonOf(lines);
  if (skeleton === undefined) return undefined;
  return look(skeleton, unmatched(skeleton.pattern, lines), lines, undefined, [
    'the pattern was made of the lines: give its groups their names, here and in columns',
    ...constantDoubts(skeleton),
    ...(skeleton.nulls === undefined ? [] : ['taken for null in all columns: "-"']),
    ...(skeleton.pattern.includes('(?<message>')
      ? ['where lines differ from each other, the rest of them is message: divide it by further groups']
      : []),
  ]);
}

/** What may be another in other lines. */
function constantDoubts({ constants }: Skeleton): string[] {
  const fields = constants.flatMap(({ group, text }) =>
    group === undefined ? [] : [`${group} is ${JSON.stringify(text)}`],
  );
  const fixed = constants.flatMap(({ group, text }) => (group === undefined ? [JSON.stringify(text)] : []));
  return [
    ...(fields.length === 0 ? [] : [`the same in the lines that were looked at: ${fields.join(', ')}`]),
    ...(fixed.length === 0
      ? []
      : [
          `the pattern takes no other text in the place of ${[...new Set(fixed)].join(', ')}: lines with one are refused`,
        ]),
  ];
}

/** @param others lines that do not match. @returns undefined when they are too many */
function look(
  { pattern, nulls }: Pick<LineForm, 'pattern' | 'nulls'>,
  others: readonly string[],
  lines: readonly string[],
  name: string | undefined,
  doubts: readonly string[],
): LineLook | undefined {
  const share = (lines.length - others.length) / Math.max(1, lines.length);
  if (share < LEAST_SHARE) return undefined;
  return {
    lines: { pattern, ...(nulls === undefined ? {} : { nulls }) },
    name,
    share,
    doubts: [...doubts, ...unmatchedDoubts(others, lines.length)],
  };
}

/** Which lines the pattern does not see through. */
function unmatched(pattern: string, lines: readonly string[]): readonly string[] {
  const reader = new LineReader(pattern);
  return lines.filter((line) => reader.read(Buffer.from(line)) === undefined);
}

function unmatchedDoubts(others: readonly string[], all: number): string[] {
  const [first] = others;
  if (first === undefined) return [];
  const shown = JSON.stringify(first.length > SHOWN ? `${first.slice(0, SHOWN)}...` : first);
  const isContinued = others.some((line) => /^(?:\s|Caused by: |Traceback |[\w.$]+(?:Exception|Error)\b)/.test(line));
  return [
    `of the first ${plural(all, 'line')}, ${others.length} ${others.length === 1 ? 'is' : 'are'} not seen through, such as ${shown}` +
      (isContinued ? ': let the shipper put messages of several lines into one' : ''),
  ];
}

/** Times that lack a part, in most of the lines: what to do about it. */
export function partialTime(lines: readonly string[]): string | undefined {
  const most = (form: RegExp): boolean => lines.filter((line) => form.test(line)).length > lines.length / 2;
  if (most(/^(?:<\d+>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /)) {
    return 'their times have no year, as in syslog of RFC 3164: let the shipper write RFC 5424, or times in ISO 8601';
  }
  if (most(/^[IWEF]\d{4} \d\d:\d\d:\d\d/)) {
    return 'their times have no year, as klog writes them: let the program log JSON, or the shipper add a time';
  }
  if (most(/^\[?\d\d:\d\d:\d\d/)) return 'their times have no date: let the program write it, or the shipper add it';
  return undefined;
}
