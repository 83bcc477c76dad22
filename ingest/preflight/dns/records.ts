import { ListResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import { error, type Finding, warning } from '../../../cli/preflight/check';
import type { Context } from '../../../cli/preflight/context';
import type { DomainDefinition } from '../../infra/settings';

/** Authorities that ACM issues as: https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html */
const AMAZON = ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com'];

/** Records of one name that are looked at: each has few. */
const MOST_RECORDS = 300;

/** A name as it is compared: in small letters, without the dot at the end. */
export const dnsName = (name: string | undefined): string => (name ?? '').toLowerCase().replace(/\.$/, '');

/** Records that stand in the way of the name and its certificate: of the name itself, and of those above it in the zone. */
export async function judgeRecords(context: Context, domain: DomainDefinition): Promise<readonly Finding[]> {
  const levels = await Promise.all(
    levelsOf(domain).map(async (name) => ({ name, records: await recordsOf(context, domain, name) })),
  );
  const findings: Finding[] = [];
  for (const { name, records } of levels) {
    if (name === domain.hostedZoneName || !records.some(({ Type }) => Type === 'NS')) continue;
    findings.push(
      error(
        `${name} is delegated to another zone, so records of ${domain.domainName} in this one are not seen`,
        `Name the zone ${name} in config/stages/${context.settings.name}.ts, or choose a name outside of it.`,
      ),
    );
  }
  findings.push(...judgeAuthorities(levels));
  const [own] = levels;
  return [...findings, ...(own === undefined ? [] : await judgeName(context, own.name, own.records))];
}

/** The name, and each above it up to the zone's: `a.b.example.com`, `b.example.com`, `example.com`. */
function levelsOf({ domainName, hostedZoneName }: DomainDefinition): readonly string[] {
  const above = domainName.split('.').length - hostedZoneName.split('.').length;
  return Array.from({ length: above + 1 }, (_, level) => domainName.split('.').slice(level).join('.'));
}

async function recordsOf(
  { aws }: Context,
  { hostedZoneId }: DomainDefinition,
  name: string,
): Promise<readonly ResourceRecordSet[]> {
  const { ResourceRecordSets = [] } = await aws.route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: hostedZoneId, StartRecordName: name, MaxItems: MOST_RECORDS }),
  );
  return ResourceRecordSets.filter((record) => dnsName(record.Name) === name);
}

interface Level {
  readonly name: string;
  readonly records: readonly ResourceRecordSet[];
}

/** The closest CAA records decide who may issue. Without `issue` among them anybody may. */
function judgeAuthorities(levels: readonly Level[]): readonly Finding[] {
  const level = levels.find(({ records }) => records.some(({ Type }) => Type === 'CAA'));
  const values = (level?.records ?? [])
    .filter(({ Type }) => Type === 'CAA')
    .flatMap(({ ResourceRecords = [] }) => ResourceRecords.map(({ Value = '' }) => Value));
  const allowed = values.flatMap((value) => /^\d+\s+issue\s+"?([^";\s]*)/i.exec(value)?.slice(1) ?? []).map(dnsName);
  if (level === undefined || allowed.length === 0 || allowed.some((name) => AMAZON.includes(name))) return [];
  const whom = allowed.filter((name) => name !== '').join(', ');
  return [
    error(
      `CAA records of ${level.name} let ${whom === '' ? 'nobody' : `only ${whom}`} issue certificates`,
      `Add a CAA record to ${level.name}: 0 issue "amazon.com".`,
    ),
  ];
}

/** CloudFormation creates the record of the name, and does not take one over. */
async function judgeName(
  { deployed, settings }: Context,
  name: string,
  records: readonly ResourceRecordSet[],
): Promise<readonly Finding[]> {
  const types = records.map(({ Type }) => Type);
  const taken = types.filter((type) => type === 'A' || type === 'CNAME');
  if (taken.length === 0) {
    return types.includes('AAAA')
      ? [
          warning(
            `${name} has an AAAA record, which callers with IPv6 follow, and not to this load balancer`,
            'Delete it, or choose another name.',
          ),
        ]
      : [];
  }
  const resources = (await deployed()).flatMap((stack) => stack.resources);
  const isOwn = resources.some(
    ({ type, physicalId }) => type === 'AWS::Route53::RecordSet' && dnsName(physicalId) === name,
  );
  if (isOwn) return [];
  return [
    error(
      `${name} has a record already (${[...new Set(taken)].join(', ')}), and no stack of this stage owns it`,
      `Delete it when nothing uses it, or choose another name in config/stages/${settings.name}.ts.`,
    ),
  ];
}
