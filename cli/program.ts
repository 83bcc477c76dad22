import { parseCommandLine, readWholeNumber, runCommand, UsageError } from './command-line';
import { tellFailure } from './failure';

/** An option of a program, and what the program gets for it. */
export interface Option<V> {
  /** What stands for its value in the help, such as `N`. @default none: the option is a flag */
  readonly value?: string;
  /** What it does, for the help. */
  readonly help: string;
  /** Whether it may be given several times. @default false */
  readonly repeats?: boolean;
  /**
   * @param given its values in the order of the command line; none when it is absent, one empty text for a flag
   * @throws UsageError naming the option
   */
  readonly read: (given: readonly string[], option: string) => V;
}

type Options = Readonly<Record<string, Option<unknown>>>;

type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer V> ? V : never };

/** What a program gets for its options. */
export type ValuesOf<P extends Program> = Values<P['options']>;

/** A program with options: its help, its errors and its exit code 2 for a mistake follow from this description. */
export interface Program<O extends Options = Options> {
  /** As it is typed, such as `npm run bench:lines`. */
  readonly name: string;
  /** What it does: the first lines of its help. */
  readonly does: string;
  readonly options: O;
}

export const flag = (help: string): Option<boolean> => ({ help, read: (given) => given.length > 0 });

export const text = (value: string, help: string): Option<string | undefined> => ({
  value,
  help,
  read: (given) => given.at(-1),
});

export const texts = (value: string, help: string): Option<readonly string[]> => ({
  value,
  help,
  repeats: true,
  read: (given) => given,
});

/** Names out of a list; none are all of them. */
export const names = <N extends string>(help: string, known: readonly N[]): Option<readonly N[]> => ({
  value: 'NAME',
  help: `${help}; may be given several times (default: all). Names: ${known.join(', ')}`,
  repeats: true,
  read: (given, option) => {
    const unknown = given.find((name) => !(known as readonly string[]).includes(name));
    if (unknown === undefined) return given.length === 0 ? known : known.filter((name) => given.includes(name));
    throw new UsageError(option, `there is no "${unknown}"`, `write one of ${known.join(', ')}`);
  },
});

/** A whole number. `least` and `most` belong to it. @default least 1, most none */
export const wholeNumber = (
  help: string,
  { least = 1, most = Number.MAX_SAFE_INTEGER, ...rest }: { least?: number; most?: number; default: number },
): Option<number> => ({
  value: 'N',
  help: `${help} (default ${rest.default.toLocaleString('en-US')})`,
  read: (given, option) => readWholeNumber(option, given.at(-1) ?? `${rest.default}`, least, most, rest.default),
});

/** Characters of a line of the help. */
const WIDTH = 110;

export function helpOf({ name, does, options }: Program): string {
  const rows = [...Object.entries(options), ['help', flag('show this text')] as const].map(
    ([option, { value, help }]) => [`  --${option}${value === undefined ? '' : ` ${value}`}`, help] as const,
  );
  const column = Math.max(...rows.map(([left]) => left.length)) + 3;
  const lines = rows.flatMap(([left, help]) =>
    wrapped(help, WIDTH - column).map((line, at) => `${(at === 0 ? left : '').padEnd(column)}${line}`),
  );
  const usage = `Usage: ${name}${Object.keys(options).length === 0 ? '' : `${ofProgram(name)} [options]`}`;
  const codes =
    'Exit code: 0 if it succeeded, 1 if not, 2 for a mistake on the command line or what this machine lacks.';
  return `${[...wrapped(does, WIDTH), '', usage, '', 'Options:', ...lines, '', codes].join('\n')}\n`;
}

/** What npm needs in front of options that are not its own. */
const ofProgram = (name: string): string => (name.startsWith('npm ') ? ' --' : '');

function wrapped(sentence: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of sentence.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/**
 * The values of a command line.
 *
 * @returns `'help'` when the user asked for it
 * @throws UsageError naming the option
 */
export function readOptions<const O extends Options>(
  { options }: Program<O>,
  args: readonly string[],
): Values<O> | 'help' {
  const flags = Object.entries(options).map(([name, { value, repeats = false }]) => {
    return [name, { type: value === undefined ? 'boolean' : 'string', multiple: repeats }] as const;
  });
  const parsed = parseCommandLine(args, { ...Object.fromEntries(flags), help: { type: 'boolean', short: 'h' } });
  const values: Readonly<Record<string, unknown>> = parsed.values;
  if (values.help === true) return 'help';
  const read = Object.entries(options).map(([name, option]) => {
    const value = values[name];
    const given = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : value ? [''] : [];
    return [name, option.read(given, `--${name}`)];
  });
  return Object.fromEntries(read) as Values<O>;
}

/** Runs a program as this process: prints its help when asked, else gives it its options. `run` returns the exit code. */
export function runProgram<const O extends Options>(
  program: Program<O>,
  run: (values: Values<O>) => Promise<number>,
): void {
  runCommand(
    async (args) => {
      const values = readOptions(program, args);
      if (values !== 'help') return await run(values);
      process.stdout.write(helpOf(program));
      return 0;
    },
    (error) => tellFailure(error, program.name),
  );
}
