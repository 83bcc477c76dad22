import { CfnCertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { DomainDefinition } from '../settings';
import type { IngestLoadBalancer } from './load-balancer';

/**
 * Certificate of the name by which producers call. CloudFormation puts the record that proves the name into the zone and
 * waits until ACM has seen it; ACM renews the certificate for as long as the record is there.
 *
 * @example
 * ```ts
 * const certificate = new IngestCertificate(stack, 'Domain', {
 *   domainName: 'ingest.data.example.com',
 *   hostedZoneId: 'Z0123456789EXAMPLE',
 *   hostedZoneName: 'data.example.com',
 * });
 * certificate.pointAt(loadBalancer);
 * ```
 */
export class IngestCertificate extends Construct {
  readonly arn: string;
  readonly #domain: DomainDefinition;

  constructor(scope: Construct, id: string, domain: DomainDefinition) {
    super(scope, id);
    this.#domain = domain;
    const { domainName, hostedZoneId } = domain;
    const certificate = new CfnCertificate(this, 'Certificate', {
      domainName,
      validationMethod: 'DNS',
      domainValidationOptions: [{ domainName, hostedZoneId }],
    });
    this.arn = certificate.ref;
  }

  /** Points the name at the load balancer, which has IPv4 addresses only. */
  pointAt({ loadBalancer }: IngestLoadBalancer): void {
    const { domainName, hostedZoneId } = this.#domain;
    new CfnRecordSet(this, 'Alias', {
      hostedZoneId,
      name: domainName,
      type: 'A',
      aliasTarget: {
        dnsName: loadBalancer.attrDnsName,
        hostedZoneId: loadBalancer.attrCanonicalHostedZoneId,
        evaluateTargetHealth: false, // there is no other answer
      },
    });
  }
}
