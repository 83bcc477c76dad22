import { DescribeCertificateCommand } from '@aws-sdk/client-acm';
import { strings } from '../../cli/preflight/assembly/template';
import { ifFound } from '../../cli/preflight/aws/errors';
import { type Check, error, type Finding, ok, skipped, warning } from '../../cli/preflight/check';
import type { Context } from '../../cli/preflight/context';
import { arn } from '../../cli/preflight/scope';

const CERTIFICATE = /^arn:[\w-]+:acm:([\w-]+):(\d{12}):certificate\/[\w-]+$/;
const SOON_DAYS = 30;
const DAY_MS = 86_400_000;

/** Certificates that the templates name: there, issued, and not about to expire. */
export const certificate: Check = {
  id: 'certificate',
  permissions: (scope) => [{ action: 'acm:DescribeCertificate', resource: arn(scope, 'acm', 'certificate/*') }],
  async run(context) {
    const named = new Set(
      context.assembly.stacks.flatMap(({ template }) => strings(template).filter((text) => CERTIFICATE.test(text))),
    );
    if (named.size === 0) return [skipped('not needed: the stage serves nothing over HTTPS')];
    return Promise.all([...named].map((name) => judge(context, name)));
  },
};

async function judge({ aws, region, settings }: Context, name: string): Promise<Finding> {
  const correct = `correct its ARN in config/stages/${settings.name}.ts`;
  const where = CERTIFICATE.exec(name)?.[1];
  if (where !== region) {
    return error(
      `${name} is in ${where}, and a listener in ${region} cannot use it`,
      `Request one in ${region}, and ${correct}.`,
    );
  }
  const found = await ifFound(aws.acm.send(new DescribeCertificateCommand({ CertificateArn: name })));
  const detail = found?.Certificate;
  if (detail === undefined) return error(`${name} does not exist`, `Request or import one, and ${correct}.`);
  const { Status: status, DomainName: domain } = detail;
  if (status === 'PENDING_VALIDATION') {
    return error(
      `the certificate of ${domain} is not validated yet`,
      'Create the DNS records that ACM shows for it, and wait until it is issued.',
    );
  }
  if (status !== 'ISSUED') {
    return error(`the certificate of ${domain} is ${status}`, `Request a new one, and ${correct}.`);
  }
  const days = Math.floor(((detail.NotAfter?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now()) / DAY_MS);
  if (days < SOON_DAYS && detail.RenewalEligibility !== 'ELIGIBLE') {
    return warning(
      `the certificate of ${domain} expires in ${days} days, and ACM does not renew it`,
      'Import its successor in time.',
    );
  }
  return ok(`the certificate of ${domain} is issued`);
}
