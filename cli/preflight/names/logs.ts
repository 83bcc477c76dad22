import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { arn } from '../scope';
import { type NamedType, oneByOne } from './named-type';

export const logGroups: NamedType = {
  type: 'AWS::Logs::LogGroup',
  thing: 'log group',
  property: ['LogGroupName'],
  permissions: (scope) => [{ action: 'logs:DescribeLogGroups', resource: arn(scope, 'logs', 'log-group:*') }],
  existing: oneByOne(async ({ aws }, { name }) => {
    // A prefix is all that can be asked for; the name itself comes first of all that begin with it.
    const { logGroups: found } = await aws.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    return found?.some(({ logGroupName }) => logGroupName === name) === true;
  }),
};
