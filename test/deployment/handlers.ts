/** What CloudFormation calls for the resources of a lake, and what AWS's own policy for power users allows. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyDocument } from '../support/iam';
import { PLACE, type ResolvedTemplates } from '../support/iam/cloudformation';

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/PowerUserAccess.html, version 12 */
export const POWER_USER: PolicyDocument = {
  Statement: [
    { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: [
        ...['account:GetAccountInformation', 'account:GetGovCloudAccountInformation', 'account:GetPrimaryEmail'],
        ...['account:ListRegions', 'iam:CreateServiceLinkedRole', 'iam:DeleteServiceLinkedRole', 'iam:ListRoles'],
        ...['organizations:DescribeEffectivePolicy', 'organizations:DescribeOrganization'],
      ],
      Resource: '*',
    },
  ],
};

interface Handler {
  readonly type: string;
  readonly handler: string;
  readonly permissions: readonly string[];
}

export const HANDLERS: readonly Handler[] = readFileSync(join(__dirname, 'handler-permissions.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [type = '', handler = '', ...permissions] = line.split(' ');
    return { type, handler, permissions };
  });

/** What a handler calls only for properties that no resource of the lake has; the first test holds that. */
export const UNUSED: Readonly<Record<string, { readonly type: string; readonly property: string }>> = {
  'iam:AttachUserPolicy': { type: 'AWS::IAM::ManagedPolicy', property: 'Users' },
  'iam:DetachUserPolicy': { type: 'AWS::IAM::ManagedPolicy', property: 'Users' },
  'iam:AttachGroupPolicy': { type: 'AWS::IAM::ManagedPolicy', property: 'Groups' },
  'iam:DetachGroupPolicy': { type: 'AWS::IAM::ManagedPolicy', property: 'Groups' },
  'iam:PutRolePermissionsBoundary': { type: 'AWS::IAM::Role', property: 'PermissionsBoundary' },
  'iam:DeleteRolePermissionsBoundary': { type: 'AWS::IAM::Role', property: 'PermissionsBoundary' },
};

/** Misspelt in a schema: no such action exists, and the calls meant by them are in the lists as well or allowed anyway. */
export const NO_ACTIONS = ['iam:DescribeOrganization'];

/** Whose ARN an action of IAM is asked for. */
export function subjects(action: string, templates: ResolvedTemplates): readonly string[] {
  const arns = (type: string) => templates.ofType(type).map(templates.arn);
  if (!action.startsWith('iam:')) return ['*'];
  if (action === 'iam:CreateServiceLinkedRole') return [`arn:aws:iam::${PLACE.account}:role/aws-service-role/any`];
  if (/InstanceProfile$/.test(action)) return arns('AWS::IAM::InstanceProfile');
  if (/(?:Role|Role\w*Polic(?:y|ies)|Role\w+|AssumeRolePolicy)$/.test(action)) return arns('AWS::IAM::Role');
  return arns('AWS::IAM::ManagedPolicy');
}

/** The calls for the types that a lake has. */
export function handlersOf(templates: ResolvedTemplates): readonly Handler[] {
  const types = new Set(templates.resources.map(({ type }) => type));
  return HANDLERS.filter(({ type }) => types.has(type));
}
