import { GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { ifFound } from '../aws/errors';
import { arn } from '../scope';
import { type NamedType, oneByOne } from './named-type';

export const functions: NamedType = {
  type: 'AWS::Lambda::Function',
  thing: 'function',
  property: ['FunctionName'],
  permissions: (scope) => [
    {
      action: 'lambda:GetFunctionConcurrency',
      resource: arn(scope, 'lambda', `function:${scope.settings.prefix}-${scope.settings.name}-*`),
    },
  ],
  existing: oneByOne(
    async ({ aws }, { name }) =>
      (await ifFound(aws.lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: name })))) !== undefined,
  ),
};
