/**
 * Templates of `input.layout`: how producers lay out a dataset's inbox, as text with placeholders. Matching takes linear
 * time: a folder holds at most one part of any width, and what it matched is never tried again.
 */

/** The units of time in a path, with the placeholders that stand for them. */
export const TIME_PLACEHOLDERS = {
  yyyy: { unit: 'year', pattern: '\\d{4}', padded: true },
  MM: { unit: 'month', pattern: '\\d{2}', padded: true },
  M: { unit: 'month', pattern: '[1-9]\\d?', padded: false },
  dd: { unit: 'day', pattern: '\\d{2}', padded: true },
  d: { unit: 'day', pattern: '[1-9]\\d?', padded: false },
  HH: { unit: 'hour', pattern: '\\d{2}', padded: true },
  H: { unit: 'hour', pattern: '0|[1-9]\\d?', padded: false },
} as const;

export type TimePlaceholder = keyof typeof TIME_PLACEHOLDERS;
export type TimeUnit = (typeof TIME_PLACEHOLDERS)[TimePlaceholder]['unit'];

export type LayoutPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'time'; readonly placeholder: TimePlaceholder }
  /** A leading key or a column. */
  | { readonly kind: 'name'; readonly name: string }
  /** `*`: any text, which means nothing. */
  | { readonly kind: 'any' };

export interface LayoutTemplate {
  /** Folders from the outside in. */
  readonly segments: readonly (readonly LayoutPart[])[];
  /** Whether the last segment is the beginning of the object's name (or of one more folder), not a whole folder. */
  readonly isOpen: boolean;
}

/** A template that cannot be understood. */
export class LayoutSyntaxError extends Error {
  override readonly name = 'LayoutSyntaxError';

  constructor(
    readonly problem: string,
    readonly fix: string,
  ) {
    super(`${problem}; ${fix}`);
  }
}

/**
 * Longest template: keys of S3 may have 1,024 bytes.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
const MAX_LENGTH = 500;
/** Characters that mean the same to S3, to Athena's location templates and to every file system. */
const TEXT = /^[A-Za-z0-9!_.'()=-]*$/;

/** @throws LayoutSyntaxError */
export function parseLayout(template: string): LayoutTemplate {
  if (template === '' || template === '/') {
    throw new LayoutSyntaxError('is empty', "write 'hive', or a template such as '{yyyy}/{MM}/{dd}/'");
  }
  if (template.length > MAX_LENGTH) {
    throw new LayoutSyntaxError(`has ${template.length} characters`, `write at most ${MAX_LENGTH}`);
  }
  if (template.startsWith('/') || template.includes('//')) {
    throw new LayoutSyntaxError(
      'has a folder without a name',
      'begin with the first folder below raw/<dataset>/, and put one slash between folders',
    );
  }
  const isOpen = !template.endsWith('/');
  const segments = (isOpen ? template : template.slice(0, -1)).split('/').map(parseSegment);
  for (const [index, segment] of segments.entries()) checkSegment(segment, isOpen && index === segments.length - 1);
  return { segments, isOpen };
}

function parseSegment(segment: string): readonly LayoutPart[] {
  return segment
    .split(/(\{[^{}]*\}|\*)/)
    .filter((part) => part !== '')
    .map((part): LayoutPart => {
      if (part === '*') return { kind: 'any' };
      const [, name] = /^\{(.*)\}$/.exec(part) ?? [];
      if (name !== undefined) return isTime(name) ? { kind: 'time', placeholder: name } : { kind: 'name', name };
      if (/[{}]/.test(part)) {
        throw new LayoutSyntaxError(`'${segment}' has a brace without its other`, 'write placeholders as {name}');
      }
      if (!TEXT.test(part)) {
        throw new LayoutSyntaxError(
          `'${part}' holds a character that a layout cannot have`,
          "use letters, digits and ! _ . ' ( ) = - around placeholders, or * for any text",
        );
      }
      return { kind: 'text', text: part };
    });
}

const isTime = (name: string): name is TimePlaceholder => Object.hasOwn(TIME_PLACEHOLDERS, name);

/** Whether a part may be of any width, so that only what stands beside it tells where it ends. */
const isFree = ({ kind }: LayoutPart): boolean => kind === 'name' || kind === 'any';

const isUnpadded = (part: LayoutPart): boolean => part.kind === 'time' && !TIME_PLACEHOLDERS[part.placeholder].padded;

/** Two paths of different values must never be the same, and each must have one reading. */
function checkSegment(parts: readonly LayoutPart[], isLastOpen: boolean): void {
  const shown = partsText(parts);
  const [first] = parts;
  if (first?.kind === 'text' && /^[_.]/.test(first.text)) {
    throw new LayoutSyntaxError(`'${shown}' begins with _ or .`, 'query engines skip such folders: use another name');
  }
  if (parts.filter(isFree).length > 1) {
    throw new LayoutSyntaxError(
      `'${shown}' has several parts of any width in one folder`,
      'keep one placeholder that is no time, or one *, in each folder',
    );
  }
  for (const [index, part] of parts.entries()) {
    const [before, after] = [parts[index - 1], parts[index + 1]];
    if (isUnpadded(part)) {
      const isEnd = after === undefined && isLastOpen;
      const touches = (other: LayoutPart | undefined, digit: RegExp): boolean =>
        other !== undefined && (other.kind !== 'text' || digit.test(other.text));
      if (isEnd || touches(before, /\d$/) || touches(after, /^\d/)) {
        throw new LayoutSyntaxError(
          `'${shown}' does not tell where the number ${partsText([part])} begins or ends`,
          'put text that is no digit on both sides of it, end the folder after it, or use two digits',
        );
      }
    }
    if (isFree(part) && isLastOpen && after === undefined) {
      throw new LayoutSyntaxError(
        `'${shown}' does not tell where ${partsText([part])} ends`,
        part.kind === 'any' ? 'leave it out: any text may follow the layout' : "write a '/' or other text after it",
      );
    }
  }
}

function partsText(parts: readonly LayoutPart[]): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'any') return '*';
      return `{${part.kind === 'time' ? part.placeholder : part.name}}`;
    })
    .join('');
}

/** The units of time that a template tells. */
export function unitsOf({ segments }: LayoutTemplate): ReadonlySet<TimeUnit> {
  return new Set(
    segments.flat().flatMap((part) => (part.kind === 'time' ? [TIME_PLACEHOLDERS[part.placeholder].unit] : [])),
  );
}

/** The placeholders of a template that are no times, each once. */
export function namesOf({ segments }: LayoutTemplate): readonly string[] {
  return [...new Set(segments.flat().flatMap((part) => (part.kind === 'name' ? [part.name] : [])))];
}

export interface LayoutMatch {
  /** What the layout covers of the path. What follows is the producer's. */
  readonly prefix: string;
  /** Two digits each, the year four. */
  readonly times: Readonly<Partial<Record<TimeUnit, string>>>;
  /** The text of each other placeholder. */
  readonly values: Readonly<Record<string, string>>;
}

export type LayoutReader = (path: string) => LayoutMatch | { readonly problem: string };

/** Reads paths by a template. A part of any width takes the shortest text with which its folder fits. */
export function layoutReader({ segments, isOpen }: LayoutTemplate): LayoutReader {
  const patterns = segments.map((parts, index) => {
    const text = parts.map(partPattern).join('');
    return {
      parts: parts.filter(({ kind }) => kind === 'time' || kind === 'name'),
      shown: partsText(parts),
      pattern: new RegExp(`^${text}${isOpen && index === segments.length - 1 ? '' : '$'}`),
    };
  });
  return (path) => {
    const times: Partial<Record<TimeUnit, string>> = {};
    const values: Record<string, string> = {};
    let from = 0;
    for (const [index, { parts, shown, pattern }] of patterns.entries()) {
      const isLastOpen = isOpen && index === patterns.length - 1;
      const slash = path.indexOf('/', from);
      if (slash < 0 && !isLastOpen) return { problem: `has no folder '${shown}'` };
      const segment = path.slice(from, slash < 0 ? undefined : slash);
      const match = pattern.exec(segment);
      if (match === null) return { problem: `'${short(segment)}' does not fit '${shown}'` };
      for (const [number, part] of parts.entries()) {
        const text = match[number + 1] ?? '';
        const known = part.kind === 'time' ? TIME_PLACEHOLDERS[part.placeholder].unit : undefined;
        const [target, name, value]: [Record<string, string>, string, string] =
          known === undefined
            ? [values, part.kind === 'name' ? part.name : '', text]
            : [times, known, text.padStart(2, '0')];
        if (Object.hasOwn(target, name) && target[name] !== value) {
          return { problem: `says '${short(target[name] ?? '')}' and '${short(value)}' for one ${name}` };
        }
        target[name] = value;
      }
      from = isLastOpen ? from + match[0].length : slash + 1;
    }
    return { prefix: path.slice(0, from), times, values };
  };
}

function partPattern(part: LayoutPart): string {
  switch (part.kind) {
    case 'text':
      return part.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    case 'time':
      return `(${TIME_PLACEHOLDERS[part.placeholder].pattern})`;
    case 'name':
      return '([^/]+?)';
    case 'any':
      return '[^/]+?';
  }
}

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/**
 * The path that a template gives for a moment and values, up to where the producer's own part begins. `*` becomes `x`.
 *
 * @throws RangeError when a value is missing, or the path would not be read as it was meant
 */
export function layoutPath(
  template: LayoutTemplate,
  time: Date,
  values: Readonly<Record<string, string>>,
  anything = 'x',
): string {
  const iso = time.toISOString();
  const units: Readonly<Record<TimeUnit, string>> = {
    year: iso.slice(0, 4),
    month: iso.slice(5, 7),
    day: iso.slice(8, 10),
    hour: iso.slice(11, 13),
  };
  const written = (part: LayoutPart): string => {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'any':
        return anything;
      case 'time': {
        const { unit, padded } = TIME_PLACEHOLDERS[part.placeholder];
        return padded ? units[unit] : String(Number(units[unit]));
      }
      case 'name': {
        const value = Object.hasOwn(values, part.name) ? values[part.name] : undefined;
        if (value === undefined || value === '') throw new RangeError(`no value for {${part.name}}`);
        return value;
      }
    }
  };
  const path = `${template.segments.map((parts) => parts.map(written).join('')).join('/')}${template.isOpen ? '' : '/'}`;
  const read = layoutReader(template)(path);
  const isExact =
    !('problem' in read) &&
    read.prefix === path &&
    Object.entries(read.times).every(([unit, text]) => units[unit as TimeUnit] === text) &&
    Object.entries(read.values).every(([name, text]) => values[name] === text);
  if (!isExact) throw new RangeError(`'${short(path)}' would be read as another path of the layout`);
  return path;
}
