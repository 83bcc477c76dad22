import type { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';

/** What the rules read of a workgroup's configuration, with all tokens resolved. */
export interface WorkgroupConfiguration {
  readonly enforceWorkGroupConfiguration?: boolean;
  readonly publishCloudWatchMetricsEnabled?: boolean;
  readonly bytesScannedCutoffPerQuery?: number;
  readonly resultConfiguration?: {
    readonly encryptionConfiguration?: { readonly encryptionOption?: string; readonly kmsKey?: unknown };
  };
}

export const workgroupConfiguration = (
  workgroup: CfnWorkGroup,
  resolve: <V>(value: V) => V,
): WorkgroupConfiguration | undefined =>
  resolve(workgroup.workGroupConfiguration) as WorkgroupConfiguration | undefined;
