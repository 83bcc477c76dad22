import { DescribeUserGroupsCommand, DescribeUsersCommand } from '@aws-sdk/client-elasticache';
import { ifFound } from '../aws/errors';
import { arn } from '../scope';
import { type NamedType, oneByOne } from './named-type';

export const cacheUsers: NamedType = {
  type: 'AWS::ElastiCache::User',
  thing: 'ElastiCache user',
  property: ['UserId'],
  permissions: (scope) => [{ action: 'elasticache:DescribeUsers', resource: arn(scope, 'elasticache', 'user:*') }],
  existing: oneByOne(
    async ({ aws }, { name }) =>
      (await ifFound(aws.elastiCache.send(new DescribeUsersCommand({ UserId: name })))) !== undefined,
  ),
};

export const cacheUserGroups: NamedType = {
  type: 'AWS::ElastiCache::UserGroup',
  thing: 'ElastiCache user group',
  property: ['UserGroupId'],
  permissions: (scope) => [
    { action: 'elasticache:DescribeUserGroups', resource: arn(scope, 'elasticache', 'usergroup:*') },
  ],
  existing: oneByOne(
    async ({ aws }, { name }) =>
      (await ifFound(aws.elastiCache.send(new DescribeUserGroupsCommand({ UserGroupId: name })))) !== undefined,
  ),
};
