import { GetCrawlerCommand, GetDatabaseCommand, GetSecurityConfigurationCommand } from '@aws-sdk/client-glue';
import { ifFound } from '../aws/errors';
import { onAnything } from '../permission';
import { arn } from '../scope';
import { type NamedType, oneByOne } from './named-type';

export const databases: NamedType = {
  type: 'AWS::Glue::Database',
  thing: 'Glue database',
  property: ['DatabaseInput', 'Name'],
  permissions: (scope) =>
    ['catalog', `database/${scope.settings.prefix}_${scope.settings.name}_*`.replaceAll('-', '_')].map((resource) => ({
      action: 'glue:GetDatabase',
      resource: arn(scope, 'glue', resource),
    })),
  existing: oneByOne(
    async ({ aws }, { name }) => (await ifFound(aws.glue.send(new GetDatabaseCommand({ Name: name })))) !== undefined,
  ),
};

export const securityConfigurations: NamedType = {
  type: 'AWS::Glue::SecurityConfiguration',
  thing: 'Glue security configuration',
  property: ['Name'],
  permissions: () => onAnything('glue:GetSecurityConfiguration'),
  existing: oneByOne(
    async ({ aws }, { name }) =>
      (await ifFound(aws.glue.send(new GetSecurityConfigurationCommand({ Name: name })))) !== undefined,
  ),
};

export const crawlers: NamedType = {
  type: 'AWS::Glue::Crawler',
  thing: 'Glue crawler',
  property: ['Name'],
  permissions: (scope) => [
    {
      action: 'glue:GetCrawler',
      resource: arn(scope, 'glue', `crawler/${scope.settings.prefix}-${scope.settings.name}-*`),
    },
  ],
  existing: oneByOne(
    async ({ aws }, { name }) => (await ifFound(aws.glue.send(new GetCrawlerCommand({ Name: name })))) !== undefined,
  ),
};
