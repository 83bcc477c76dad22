import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { askForMore } from '../account/quotas';
import { stackPermissions } from '../account/stacks';
import { resourcesOfType } from '../assembly/assembly';
import { at } from '../assembly/template';
import { ifFound } from '../aws/errors';
import { type Check, error, ok, unknown, warning } from '../check';
import type { Context } from '../context';
import { onAnything } from '../permission';
import { arn } from '../scope';

/**
 * Lambda refuses a reservation that would leave less than this to the functions that reserve nothing.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
const UNRESERVED_AT_LEAST = 100;
const QUOTA = { service: 'lambda', code: 'L-B99A9384' };

/** A new account runs 10 functions at once and lets nothing be reserved. */
export const lambdaConcurrency: Check = {
  id: 'lambda-concurrency',
  permissions: (scope) => [
    ...stackPermissions(scope),
    ...onAnything('lambda:GetAccountSettings'),
    {
      action: 'lambda:GetFunctionConcurrency',
      resource: arn(scope, 'lambda', `function:${scope.settings.prefix}-${scope.settings.name}-*`),
    },
  ],
  async run(context) {
    const { settings, region } = context;
    const { AccountLimit: limit } = await context.aws.lambda.send(new GetAccountSettingsCommand({}));
    const [total, unreserved] = [limit?.ConcurrentExecutions, limit?.UnreservedConcurrentExecutions];
    if (total === undefined || unreserved === undefined)
      return [unknown('Lambda does not say what its limits are', 'Look at Lambda in the Service Quotas console.')];
    const file = `config/stages/${settings.name}.ts`;
    const { maxConcurrency } = settings.compaction;
    const wanted = reservedByTemplates(context);
    // What this stage has reserved before is its own to take again.
    const free = unreserved + (wanted === 0 ? 0 : await reservedNow(context));
    const left = free - wanted;
    if (wanted > 0 && left < UNRESERVED_AT_LEAST) {
      const enough = total + UNRESERVED_AT_LEAST - left;
      return [
        error(
          `reserving ${wanted} of ${total} concurrent executions would leave ${Math.max(0, left)} unreserved, ` +
            `and Lambda keeps ${UNRESERVED_AT_LEAST}`,
          `Leave reservedConcurrency out of ${file}, or ask for more: ${askForMore(QUOTA, enough, region)}`,
        ),
      ];
    }
    const available = wanted > 0 ? wanted : free;
    if (maxConcurrency > available) {
      return [
        warning(
          `maxConcurrency is ${maxConcurrency}, but ${available} functions can run at once: tasks will be throttled and retried`,
          `Set maxConcurrency in ${file} to ${Math.max(1, Math.floor(available / 2))} or less, or ask for more: ` +
            askForMore(QUOTA, Math.max(1_000, 2 * maxConcurrency), region),
        ),
      ];
    }
    return [ok(`${total} concurrent executions, ${maxConcurrency} tasks at once, ${wanted} reserved`)];
  },
};

const reservedByTemplates = ({ assembly }: Context): number =>
  resourcesOfType(assembly, 'AWS::Lambda::Function')
    .map(({ Properties }) => Number(at(Properties, ['ReservedConcurrentExecutions']) ?? 0))
    .reduce((sum, reserved) => sum + reserved, 0);

async function reservedNow({ aws, deployed }: Context): Promise<number> {
  const functions = (await deployed())
    .flatMap(({ resources }) => resources)
    .filter(({ type }) => type === 'AWS::Lambda::Function');
  const reserved = await Promise.all(
    functions.map(async ({ physicalId }) => {
      const answer = await ifFound(aws.lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: physicalId })));
      return answer?.ReservedConcurrentExecutions ?? 0;
    }),
  );
  return reserved.reduce((sum, one) => sum + one, 0);
}
