import { DescribeUserPoolDomainCommand } from '@aws-sdk/client-cognito-identity-provider';
import { stackPermissions } from '../../cli/preflight/account/stacks';
import { ifFound } from '../../cli/preflight/aws/errors';
import { type Check, error, ok, skipped } from '../../cli/preflight/check';
import { onAnything } from '../../cli/preflight/permission';

const TYPE = 'AWS::Cognito::UserPoolDomain';

/** The address that gives tokens: its first part must be free, among all accounts of the region. */
export const tokenAddress: Check = {
  id: 'token-address',
  permissions: (scope) => [...stackPermissions(scope), ...onAnything('cognito-idp:DescribeUserPoolDomain')],
  async run({ account, aws, deployed, region, settings }) {
    const { prefix, name, ingest } = settings;
    if (ingest?.issuer.kind !== 'own') return [skipped('not needed: the stage has no issuer of its own')];
    const domain = ingest.issuer.domainPrefix ?? `${prefix}-${name}-${account}`;
    const address = `${domain}.auth.${region}.amazoncognito.com`;
    const found = await ifFound(aws.cognito.send(new DescribeUserPoolDomainCommand({ Domain: domain })));
    if (found?.DomainDescription?.UserPoolId === undefined) return [ok(`${address} is free`)];
    const own = (await deployed()).flatMap(({ resources }) => resources);
    if (own.some(({ type, physicalId }) => type === TYPE && physicalId === domain)) {
      return [ok(`${address} belongs to this stage`)];
    }
    return [
      error(
        `${address} belongs to another user pool`,
        `Write another ingest.issuer.domainPrefix into config/stages/${name}.ts.`,
      ),
    ];
  },
};
