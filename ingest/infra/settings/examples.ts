import type { SettingsExtension } from '../../../lib/settings';

/** Examples among the settings of the ingest tier. */
export const ingestExamples: SettingsExtension['examples'] = {
  ignores: (path, { ingest }) =>
    path.startsWith('ingest.scalingEmails') ||
    // The address of the keys follows from the issuer, unless the stage gives another.
    (path === 'ingest.issuer.keySetUrl' &&
      ingest?.issuer.kind === 'external' &&
      ingest.issuer.keySetUrl.startsWith(ingest.issuer.issuer)),
  // Resolved settings have their own names for a few fields that a stage writes otherwise.
  asWritten: (path, { ingest }) =>
    path
      .replace(/^ingest\.certificate\.arn$/, 'ingest.certificateArn')
      .replace(/^ingest\.certificate\./, 'ingest.domain.')
      .replace(/^ingest\.issuer\./, ingest?.issuer.kind === 'external' ? 'ingest.token.' : 'ingest.issuer.')
      .replace(/^ingest\.network\./, 'network.'),
  write: [
    [/domainName$/, 'the name by which your producers shall call, in a public hosted zone of yours'],
    [/hostedZone(?:Id|Name)$/, 'id and name of that zone: aws route53 list-hosted-zones'],
    [/certificate\.arn$/, 'the ARN of your certificate: aws acm list-certificates'],
    [/allowedCidrs/, "the ranges that your producers call from; ['0.0.0.0/0'] for everybody, who still need a token"],
    [/issuer\.(?:issuer|keySetUrl)$/, 'the address of your issuer of tokens'],
    [/issuer\.domainPrefix$/, 'a prefix of your own, or leave it out'],
    [/network\.vpcId$/, 'the id of your VPC: aws ec2 describe-vpcs'],
    [/ubnetIds/, 'ids of subnets of your VPC: aws ec2 describe-subnets'],
    [/image\./, 'your repository and the digest of your image: aws ecr describe-images'],
  ],
};
