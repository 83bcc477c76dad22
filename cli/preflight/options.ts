import { parseCommandLine, UsageError } from '../command-line';

export interface Options {
  readonly stage: string;
  readonly json: string | undefined;
  readonly assembly: string | undefined;
  readonly isStrict: boolean;
  readonly wantsPolicy: boolean;
}

export const helpText = (stages: readonly string[]): string => `\
Checks whether a stage can be deployed to the account of your credentials, before \`cdk deploy\` fails. It only reads:
it changes nothing in the account, and assumes no role.

Usage: npm run preflight -- --stage NAME [options]

Options:
  --stage NAME     one of ${stages.join(', ')}
  --strict         fail on warnings and on checks that could not be completed, too
  --json FILE      write the findings as JSON; - writes them to standard output, and nothing else there
  --assembly DIR   check the templates of a cloud assembly, such as cdk.out (default: synthesize the app)
  --policy         print the IAM policy that preflight needs, and exit
  --help           show this text

Credentials and region are those of the AWS CLI: AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_REGION and so on.

Exit code: 0 if there is no error, 1 if there is one, 2 for a mistake on the command line or in the configuration, or if
the account cannot be read.
`;

const FLAGS = {
  stage: { type: 'string' },
  strict: { type: 'boolean' },
  json: { type: 'string' },
  assembly: { type: 'string' },
  policy: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * @param stages Names of the configured stages
 * @returns The options, or `'help'` when the user asked for it
 * @throws UsageError naming the option
 */
export function parseOptions(args: readonly string[], stages: readonly string[]): Options | 'help' {
  const { values } = parseCommandLine(args, FLAGS);
  if (values.help === true) return 'help';
  const { stage, json, assembly } = values;
  const known = `write one of ${stages.join(', ')}; stages are files in config/stages`;
  if (stage === undefined) throw new UsageError('--stage', 'is missing', known);
  if (!stages.includes(stage)) {
    throw new UsageError('--stage', `there is no stage "${stage}"`, known);
  }
  return { stage, json, assembly, isStrict: values.strict === true, wantsPolicy: values.policy === true };
}
