import { GetWorkGroupCommand } from '@aws-sdk/client-athena';
import { ifFound } from '../aws/errors';
import { arn } from '../scope';
import { type NamedType, oneByOne } from './named-type';

export const workgroups: NamedType = {
  type: 'AWS::Athena::WorkGroup',
  thing: 'Athena workgroup',
  property: ['Name'],
  permissions: (scope) => [
    {
      action: 'athena:GetWorkGroup',
      resource: arn(scope, 'athena', `workgroup/${scope.settings.prefix}-${scope.settings.name}-*`),
    },
  ],
  existing: oneByOne(async ({ aws }, { name }) => {
    const call = aws.athena.send(new GetWorkGroupCommand({ WorkGroup: name }));
    return (await ifFound(call, isNoWorkgroup)) !== undefined;
  }),
};

/** Athena says `InvalidRequestException: WorkGroup x is not found.` */
const isNoWorkgroup = (error: unknown): boolean => error instanceof Error && /not found/i.test(error.message);
