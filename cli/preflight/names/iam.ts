import { GetPolicyCommand, GetRoleCommand } from '@aws-sdk/client-iam';
import { at } from '../assembly/template';
import { ifFound } from '../aws/errors';
import { iamArn } from '../scope';
import { type NamedType, oneByOne } from './named-type';

export const roles: NamedType = {
  type: 'AWS::IAM::Role',
  thing: 'IAM role',
  property: ['RoleName'],
  permissions: (scope) => [{ action: 'iam:GetRole', resource: iamArn(scope, 'role/*') }],
  existing: oneByOne(
    async ({ aws }, { name }) => (await ifFound(aws.iam.send(new GetRoleCommand({ RoleName: name })))) !== undefined,
  ),
};

export const managedPolicies: NamedType = {
  type: 'AWS::IAM::ManagedPolicy',
  thing: 'IAM policy',
  property: ['ManagedPolicyName'],
  permissions: (scope) => [{ action: 'iam:GetPolicy', resource: iamArn(scope, 'policy/*') }],
  existing: oneByOne(async (context, { name, Properties }) => {
    const path = at(Properties, ['Path']);
    const PolicyArn = iamArn(context, `policy${typeof path === 'string' ? path : '/'}${name}`);
    return (await ifFound(context.aws.iam.send(new GetPolicyCommand({ PolicyArn })))) !== undefined;
  }),
};
