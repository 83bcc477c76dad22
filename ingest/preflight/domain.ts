import { GetHostedZoneCommand } from '@aws-sdk/client-route-53';
import { stackPermissions } from '../../cli/preflight/account/stacks';
import { ifFound } from '../../cli/preflight/aws/errors';
import { type Check, error, type Finding, ok, skipped } from '../../cli/preflight/check';
import type { Context } from '../../cli/preflight/context';
import { unseen } from '../../cli/preflight/unseen';
import { exampleValues } from '../../lib/settings';
import { type DomainDefinition, ingestSettings } from '../infra/settings';
import { dnsName, judgeRecords } from './dns/records';

/**
 * The name by which producers call: its certificate is validated by a record in the zone. CloudFormation waits for hours where
 * nobody can see that record, and fails where ACM must not issue or the name is taken.
 */
export const domain: Check = {
  id: 'domain',
  permissions: (scope) => [
    ...stackPermissions(scope),
    ...['route53:GetHostedZone', 'route53:ListResourceRecordSets'].map((action) => ({
      action,
      resource: `arn:${scope.partition}:route53:::hostedzone/*`,
    })),
  ],
  async run(context) {
    const certificate = context.settings.ingest?.certificate;
    if (certificate?.kind !== 'own') return [skipped('not needed: the stage gives no name to its load balancer')];
    if (exampleValues(context.settings, [ingestSettings]).some(({ field }) => field.startsWith('ingest.domain.'))) {
      return [skipped(`${certificate.domainName} is an example`)];
    }
    const problems = await judgeZone(context, certificate);
    return problems.length > 0
      ? problems
      : [ok(`${certificate.domainName} is free, in the public zone ${certificate.hostedZoneName} of this account`)];
  },
};

async function judgeZone(context: Context, domain: DomainDefinition): Promise<readonly Finding[]> {
  const { account, aws, settings } = context;
  const { hostedZoneId: Id, hostedZoneName } = domain;
  const file = `config/stages/${settings.name}.ts`;
  const found = await ifFound(aws.route53.send(new GetHostedZoneCommand({ Id })));
  const zone = found?.HostedZone;
  if (zone === undefined) {
    return [
      error(
        `account ${account} has no hosted zone ${Id}`,
        `Correct ingest.domain in ${file}: aws route53 list-hosted-zones. With the zone of another account request the ` +
          'certificate and make the records there yourself, and give its ARN in ingest.certificateArn.',
      ),
    ];
  }
  const name = dnsName(zone.Name);
  if (name !== hostedZoneName) {
    return [
      error(
        `the hosted zone ${Id} is ${name}, and not ${hostedZoneName}`,
        `Correct hostedZoneId or hostedZoneName in ${file}.`,
      ),
    ];
  }
  if (zone.Config?.PrivateZone === true) {
    return [
      error(
        `the hosted zone ${Id} (${name}) is private, where ACM cannot see the record that validates the certificate`,
        `Name the public zone of ${name} in ${file}. Without one give the ARN of a certificate that you import, in ` +
          'ingest.certificateArn, and make the record of the name in the private zone.',
      ),
    ];
  }
  const delegation = await judgeDelegation(context, name, found?.DelegationSet?.NameServers ?? []);
  return [...delegation, ...(await judgeRecords(context, domain))];
}

/** Whether the public DNS asks this zone, and not another of the same name. */
async function judgeDelegation(
  { machine, settings }: Context,
  zone: string,
  own: readonly string[],
): Promise<readonly Finding[]> {
  let asked: readonly string[];
  try {
    asked = (await machine.nameServers(zone)).map(dnsName);
  } catch (cause) {
    return [unseen(cause, `name servers of ${zone}`)];
  }
  if (own.map(dnsName).some((server) => asked.includes(server))) return [];
  const servers = asked.length === 0 ? 'nobody' : asked.join(', ');
  return [
    error(
      `the public DNS asks ${servers} for ${zone}, and not this zone, so ACM would never see the record in it`,
      `Have the registrar, or the zone above, delegate ${zone} to ${own.join(', ')}; or name the zone that is asked in ` +
        `config/stages/${settings.name}.ts.`,
    ),
  ];
}
