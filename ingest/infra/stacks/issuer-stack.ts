import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { takesEvents } from '../../../lib/dataset/events';
import type { Dataset } from '../../../lib/dataset/model';
import { pascalCase } from '../../../lib/dataset/pascal-case';
import type { StageSettings } from '../../../lib/settings';
import { TokenIssuer } from '../constructs';
import type { OwnIssuer } from '../settings';

export interface IssuerStackProps extends StackProps {
  readonly settings: StageSettings;
  readonly issuer: OwnIssuer;
  readonly datasets: readonly Dataset[];
}

/**
 * The lake's own issuer of tokens. A stack of its own, so that producers keep their clients and secrets when the ingest stack
 * goes and comes again.
 *
 * @example
 * ```ts
 * const issuer = { producers: [{ producer: 'web-shop', datasets: ['orders'] }], tokenMinutes: 60 };
 * new IssuerStack(app, 'Issuer', { settings, datasets, issuer: { kind: 'own', domainPrefix: undefined, verifyAtLoadBalancer: false, ...issuer } });
 * ```
 */
export class IssuerStack extends Stack {
  readonly issuer: TokenIssuer;

  constructor(scope: Construct, id: string, { settings, issuer, datasets, ...props }: IssuerStackProps) {
    super(scope, id, props);
    this.issuer = new TokenIssuer(this, 'Tokens', {
      settings,
      issuer,
      datasets: datasets.filter(takesEvents).map(({ name }) => name),
    });
    new CfnOutput(this, 'UserPoolId', {
      value: this.issuer.pool.ref,
      description: 'User pool with the client of each producer',
    });
    new CfnOutput(this, 'TokenEndpoint', {
      value: this.issuer.tokenEndpoint,
      description: 'Where producers get tokens: POST grant_type=client_credentials, with client id and secret',
    });
    for (const [producer, client] of this.issuer.clients) {
      new CfnOutput(this, `ClientIdOf${pascalCase(producer)}`, {
        value: client.ref,
        description: `Client id of the producer ${producer}`,
      });
    }
  }

  /** `iss` of the tokens. */
  get issuerUrl(): string {
    return `https://cognito-idp.${Aws.REGION}.${Aws.URL_SUFFIX}/${this.issuer.pool.ref}`;
  }
}
