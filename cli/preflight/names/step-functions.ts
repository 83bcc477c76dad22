import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { ifFound } from '../aws/errors';
import { arn } from '../scope';
import { type NamedType, oneByOne } from './named-type';

export const stateMachines: NamedType = {
  type: 'AWS::StepFunctions::StateMachine',
  thing: 'state machine',
  property: ['StateMachineName'],
  permissions: (scope) => [
    {
      action: 'states:DescribeStateMachine',
      resource: arn(scope, 'states', `stateMachine:${scope.settings.prefix}-${scope.settings.name}-*`),
    },
  ],
  existing: oneByOne(async (context, { name }) => {
    const stateMachineArn = arn(context, 'states', `stateMachine:${name}`);
    const call = context.aws.sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    return (await ifFound(call)) !== undefined;
  }),
};
