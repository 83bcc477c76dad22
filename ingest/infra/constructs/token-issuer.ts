import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { CfnUserPool, CfnUserPoolClient, CfnUserPoolDomain, CfnUserPoolResourceServer } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { acknowledge } from '../../../lib/compliance';
import { resourceName, type StageSettings } from '../../../lib/settings';
import type { OwnIssuer, ProducerDefinition } from '../settings';

export interface TokenIssuerProps {
  readonly settings: StageSettings;
  readonly issuer: OwnIssuer;
  /** Names of the datasets that take events. */
  readonly datasets: readonly string[];
}

/**
 * Gives tokens to machines: a user pool without users, a resource server with one scope a dataset, and a client for each
 * producer, which may ask for the scopes of its datasets and no other.
 *
 * @example
 * ```ts
 * new TokenIssuer(stack, 'Tokens', {
 *   settings,
 *   issuer: {
 *     kind: 'own',
 *     producers: [{ producer: 'web-shop', datasets: ['orders'] }],
 *     domainPrefix: undefined,
 *     tokenMinutes: 60,
 *     verifyAtLoadBalancer: false,
 *   },
 *   datasets: ['orders'],
 * });
 * ```
 */
export class TokenIssuer extends Construct {
  readonly pool: CfnUserPool;
  /** What stands before the dataset in a scope. */
  readonly audience: string;
  /** Where a client gets its tokens. */
  readonly tokenEndpoint: string;
  readonly clients: ReadonlyMap<string, CfnUserPoolClient>;

  constructor(scope: Construct, id: string, { settings, issuer, datasets }: TokenIssuerProps) {
    super(scope, id);
    this.audience = audienceOf(settings);
    this.pool = this.createPool(settings);
    const resourceServer = new CfnUserPoolResourceServer(this, 'Gateway', {
      userPoolId: this.pool.ref,
      identifier: this.audience,
      name: this.audience,
      scopes: datasets.map((dataset) => ({ scopeName: dataset, scopeDescription: `Send events of ${dataset}` })),
    });
    const domain = issuer.domainPrefix ?? `${settings.prefix}-${settings.name}-${Aws.ACCOUNT_ID}`;
    new CfnUserPoolDomain(this, 'Domain', { userPoolId: this.pool.ref, domain });
    this.tokenEndpoint = `https://${domain}.auth.${Aws.REGION}.amazoncognito.com/oauth2/token`;
    this.clients = new Map(
      issuer.producers.map((producer) => {
        const client = this.createClient(settings, issuer, producer);
        client.node.addDependency(resourceServer); // its scopes must exist
        return [producer.producer, client];
      }),
    );
  }

  private createPool(settings: StageSettings): CfnUserPool {
    const pool = new CfnUserPool(this, 'Pool', {
      userPoolName: resourceName(settings, 'producers'),
      userPoolTier: 'ESSENTIALS',
      // Nobody signs up or signs in. Should an administrator add a user all the same, these hold for it.
      adminCreateUserConfig: { allowAdminCreateUserOnly: true },
      accountRecoverySetting: { recoveryMechanisms: [{ name: 'admin_only', priority: 1 }] },
      mfaConfiguration: 'ON',
      enabledMfas: ['SOFTWARE_TOKEN_MFA'],
      policies: {
        passwordPolicy: {
          minimumLength: 14,
          requireLowercase: true,
          requireUppercase: true,
          requireNumbers: true,
          requireSymbols: true,
          temporaryPasswordValidityDays: 1,
        },
      },
    });
    // It has no name that is unique, and what it holds follows from the settings. The stack is protected, not the pool:
    // a first deployment that fails must be able to take it back.
    pool.applyRemovalPolicy(RemovalPolicy.DESTROY);
    acknowledge(
      pool,
      'The Plus plan watches sign-ins of users, and this pool has none: its clients get tokens for a secret of their own. ' +
        'Where users are added, set userPoolTier to PLUS in ingest/infra/constructs/token-issuer.ts.',
      'AwsSolutions::AwsSolutions-COG8',
    );
    return pool;
  }

  private createClient(
    settings: StageSettings,
    { tokenMinutes }: OwnIssuer,
    { producer, datasets }: ProducerDefinition,
  ): CfnUserPoolClient {
    return new CfnUserPoolClient(this, `Producer-${producer}`, {
      userPoolId: this.pool.ref,
      clientName: resourceName(settings, producer),
      generateSecret: true,
      allowedOAuthFlowsUserPoolClient: true,
      allowedOAuthFlows: ['client_credentials'],
      allowedOAuthScopes: [...datasets].sort().map((dataset) => `${this.audience}/${dataset}`),
      explicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'], // the least; an empty list means the flows with passwords
      preventUserExistenceErrors: 'ENABLED',
      enableTokenRevocation: true,
      accessTokenValidity: tokenMinutes,
      tokenValidityUnits: { accessToken: 'minutes' },
    });
  }
}

/** The resource server of a stage's gateway: what its tokens are for. */
const audienceOf = (settings: StageSettings): string => resourceName(settings, 'ingest');
