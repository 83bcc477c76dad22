import { parseArgs } from 'node:util';

/** A number that a command takes as an option. */
export interface NumberOption {
  readonly default: number;
  readonly least: number;
  /** @default none; then it is a whole number */
  readonly most?: number;
}

/** The number options of a command. Ends the process with 2, and says what it takes, when something else is given. */
export function numberOptions<K extends string>(
  command: string,
  options: Readonly<Record<K, NumberOption>>,
): Readonly<Record<K, number>> {
  const names = Object.keys(options) as K[];
  const takes = names.map((name) => {
    const { least, most } = options[name];
    return `[--${name} ${most === undefined ? 'N' : `${least}..${most}`}]`;
  });
  const usage = `Usage: npm run ${command} -- ${takes.join(' ')}`;
  try {
    const { values } = parseArgs({
      options: Object.fromEntries(
        names.map((name) => [name, { type: 'string' as const, default: `${options[name].default}` }]),
      ),
    });
    const numbers = names.map((name) => [name, Number(values[name])] as const);
    if (numbers.every(([name, value]) => isAllowed(value, options[name]))) {
      return Object.fromEntries(numbers) as Record<K, number>;
    }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
  }
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}

const isAllowed = (value: number, { least, most }: NumberOption): boolean =>
  value >= least && (most === undefined ? Number.isSafeInteger(value) : value <= most);

/** Ends the process when anything is given to a command that takes no options: with 0 after `--help`, else with 2. */
export function takesNoOptions(command: string): void {
  const given = process.argv.slice(2);
  if (given.length === 0) return;
  const isHelp = given.every((word) => word === '--help');
  (isHelp ? process.stdout : process.stderr).write(
    `Usage: npm run ${command}\n${isHelp ? '' : `It takes no options, but was given ${given.join(' ')}\n`}`,
  );
  process.exit(isHelp ? 0 : 2);
}
