import { paginateListFunctions } from '@aws-sdk/client-lambda';
import { resourcesOfType } from '../assembly/assembly';
import { at } from '../assembly/template';
import { type Check, ok, warning } from '../check';
import { onAnything } from '../permission';

/**
 * MiB that a new account may give a function; AWS raises it with use or on request, and no API tells it.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const NEW_ACCOUNT_MIB = 3_008;

export const lambdaMemory: Check = {
  id: 'lambda-memory',
  permissions: () => onAnything('lambda:ListFunctions'),
  async run({ aws, assembly, settings }) {
    const wanted = Math.max(
      0,
      ...resourcesOfType(assembly, 'AWS::Lambda::Function').map(({ Properties }) =>
        Number(at(Properties, ['MemorySize']) ?? 128),
      ),
    );
    if (wanted <= NEW_ACCOUNT_MIB) return [ok(`${wanted} MiB at most, which every account allows`)];
    for await (const page of paginateListFunctions({ client: aws.lambda }, {})) {
      const other = page.Functions?.find(({ MemorySize = 0 }) => MemorySize >= wanted);
      if (other !== undefined) return [ok(`${wanted} MiB, which the function ${other.FunctionName} has as well`)];
    }
    return [
      warning(
        `a function wants ${wanted} MiB. A new account allows ${NEW_ACCOUNT_MIB}, and AWS does not tell what this one allows`,
        `If the deployment fails with "MemorySize value failed to satisfy constraint", set memoryMiB in ` +
          `config/stages/${settings.name}.ts to ${NEW_ACCOUNT_MIB} or ask AWS Support for more.`,
      ),
    ];
  },
};
