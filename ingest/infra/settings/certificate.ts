import type { StageDefinition } from '../../../lib/settings/model';
import { checkKeys, type Report, show } from '../../../lib/settings/report';
import type { CertificateSettings, DomainDefinition } from './model';

const CERTIFICATE_ARN = /^arn:aws:acm:([a-z0-9-]+):(\d{12}):certificate\/[\w-]+$/;

const DOMAIN_KEYS = ['domainName', 'hostedZoneId', 'hostedZoneName'] as const;

/** ACM takes no longer name as the first of a certificate, which becomes its common name. */
const LONGEST_NAME = 64;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const HOSTED_ZONE_ID = /^Z[A-Z0-9]{1,31}$/;

/** The certificate of the load balancer: one that exists, or one of its own for a name in a hosted zone. */
export function resolveCertificate(stage: StageDefinition, report: Report): CertificateSettings {
  const { certificateArn, domain } = stage.ingest ?? {};
  if (domain !== undefined) {
    if (certificateArn !== undefined) {
      report('ingest.certificateArn', 'is given beside domain, which brings its own certificate', 'remove one of them');
    }
    return { kind: 'own', ...resolveDomain(domain, report) };
  }
  if (certificateArn === undefined) {
    report(
      'ingest.domain',
      'is missing, and the load balancer speaks HTTPS only',
      "write { domainName: 'ingest.data.example.com', hostedZoneId: 'Z…', hostedZoneName: 'data.example.com' }, " +
        'or the ARN of a certificate into ingest.certificateArn',
    );
    return { kind: 'given', arn: '' };
  }
  checkArn(stage, certificateArn, report);
  return { kind: 'given', arn: certificateArn };
}

function checkArn({ region, account }: StageDefinition, arn: unknown, report: Report): void {
  const [, ofRegion, ofAccount] = CERTIFICATE_ARN.exec(String(arn)) ?? [];
  if (ofRegion === undefined) {
    report(
      'ingest.certificateArn',
      `${show(arn)} is not the ARN of a certificate`,
      "request a certificate in ACM and write its ARN: 'arn:aws:acm:REGION:ACCOUNT:certificate/ID'",
    );
    return;
  }
  if (region !== undefined && ofRegion !== region) {
    report('ingest.certificateArn', `is of ${ofRegion}, the stage of ${region}`, `use a certificate of ${region}`);
  }
  if (account !== undefined && ofAccount !== account) {
    report('ingest.certificateArn', `is of the account ${ofAccount}`, `use a certificate of the account ${account}`);
  }
}

/** Names as DNS compares them, ids as Route 53's API gives them out: '/hostedzone/Z…', 'Example.COM.' */
function resolveDomain(given: DomainDefinition, report: Report): DomainDefinition {
  if (typeof given !== 'object' || given === null) {
    report('ingest.domain', `is ${show(given)}`, 'write { domainName, hostedZoneId, hostedZoneName }');
    return { domainName: '', hostedZoneId: '', hostedZoneName: '' };
  }
  checkKeys(given, DOMAIN_KEYS, 'ingest.domain.', report);
  const { domainName, hostedZoneId, hostedZoneName } = {
    domainName: normalName(given.domainName),
    hostedZoneId: String(given.hostedZoneId ?? '').replace(/^\/hostedzone\//, ''),
    hostedZoneName: normalName(given.hostedZoneName),
  };
  const areNames = [
    checkName(
      'domainName',
      domainName,
      "write the name that producers call, such as 'ingest.data.example.com'",
      report,
    ),
    checkName(
      'hostedZoneName',
      hostedZoneName,
      "write the name of the hosted zone, such as 'data.example.com'",
      report,
    ),
  ].every(Boolean);
  if (!HOSTED_ZONE_ID.test(hostedZoneId)) {
    report(
      'ingest.domain.hostedZoneId',
      hostedZoneId === '' ? 'is missing' : `${show(hostedZoneId)} is not the id of a hosted zone`,
      'write the id that this shows, without /hostedzone/: aws route53 list-hosted-zones-by-name --dns-name ' +
        (hostedZoneName === '' ? 'ZONE' : hostedZoneName),
    );
  }
  if (areNames && domainName !== hostedZoneName && !domainName.endsWith(`.${hostedZoneName}`)) {
    report(
      'ingest.domain.domainName',
      `${show(domainName)} is not in the zone ${hostedZoneName}`,
      `write a name that ends with '.${hostedZoneName}', or the zone that holds ${domainName}`,
    );
  }
  if (areNames && domainName.length > LONGEST_NAME) {
    report(
      'ingest.domain.domainName',
      `has ${domainName.length} characters, and ACM takes ${LONGEST_NAME}`,
      'choose a shorter name',
    );
  }
  return { domainName, hostedZoneId, hostedZoneName };
}

const normalName = (name: unknown): string =>
  String(name ?? '')
    .toLowerCase()
    .replace(/\.$/, '');

function checkName(field: keyof DomainDefinition, name: string, fix: string, report: Report): boolean {
  const problem = nameProblem(name);
  if (problem === undefined) return true;
  report(`ingest.domain.${field}`, problem, fix);
  return false;
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'is missing';
  if (name.includes('*')) return `${show(name)} is a wildcard, and not one name`;
  const labels = name.split('.');
  if (/[^\x21-\x7e]/.test(name)) return `${show(name)} has characters beyond ASCII: write its xn-- form`;
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label)) || name.length > 253) {
    return `${show(name)} is not a domain name`;
  }
  return /^\d+$/.test(labels.at(-1) ?? '') ? `${show(name)} is an address, not a domain name` : undefined;
}
