import type { StageSettings } from '../../lib/settings';

/** Where a stage is deployed, as far as it is known: `*` stands for what the credentials decide. */
export interface Scope {
  readonly settings: StageSettings;
  readonly partition: string;
  readonly account: string;
  readonly region: string;
}

/** `arn:aws:glue:eu-central-1:111122223333:database/lake_prod_*` */
export const arn = (scope: Scope, service: string, resource: string): string =>
  `arn:${scope.partition}:${service}:${scope.region}:${scope.account}:${resource}`;

/** IAM is global: its ARNs name no region. */
export const iamArn = (scope: Scope, resource: string): string =>
  `arn:${scope.partition}:iam::${scope.account}:${resource}`;

/** The partition of a region: an ARN in China or GovCloud begins differently. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  return 'aws';
}
