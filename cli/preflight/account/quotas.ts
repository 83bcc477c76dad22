import { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } from '@aws-sdk/client-service-quotas';
import type { Aws } from '../aws/clients';
import { ifFound } from '../aws/errors';
import { onAnything } from '../permission';

export interface Quota {
  /** Service Quotas' name of the service, such as `vpc`. */
  readonly service: string;
  /** Such as `L-F678F1CE`. */
  readonly code: string;
}

export const quotaPermissions = () =>
  onAnything('servicequotas:GetServiceQuota', 'servicequotas:GetAWSDefaultServiceQuota');

/** The value that applies to the account in this region: its own, or AWS's default. Undefined when AWS knows neither. */
export async function quotaValue({ serviceQuotas }: Aws, { service, code }: Quota): Promise<number | undefined> {
  const input = { ServiceCode: service, QuotaCode: code };
  const own = await ifFound(serviceQuotas.send(new GetServiceQuotaCommand(input)));
  if (own?.Quota?.Value !== undefined) return own.Quota.Value;
  const standard = await ifFound(serviceQuotas.send(new GetAWSDefaultServiceQuotaCommand(input)));
  return standard?.Quota?.Value;
}

/** How to ask for more. */
export const askForMore = ({ service, code }: Quota, desired: number, region: string): string =>
  `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} ` +
  `--desired-value ${desired} --region ${region}`;
