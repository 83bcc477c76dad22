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
