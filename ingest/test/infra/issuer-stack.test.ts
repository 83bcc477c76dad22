import type { TestStage } from '../../../test/support/cdk';
import { readable, resourceOf, resourcesOf } from '../../../test/support/template';
import { OWN_INGEST, OWN_INGEST_STAGE } from '../support/definitions';
import { ingestStacks } from '../support/stacks';

const lakeOf = (stage: NonNullable<TestStage['stage']>) => {
  const { issuer, ingest } = ingestStacks({ stage });
  if (issuer === undefined || ingest === undefined) throw new Error('the stage has no issuer of its own');
  return { stack: issuer, issuer: readable(issuer), ingest: readable(ingest) };
};

const { issuer, ingest, stack } = lakeOf({ ingest: OWN_INGEST });
const turned = lakeOf(OWN_INGEST_STAGE);

test('matches the snapshot', () => {
  expect(issuer).toMatchSnapshot();
});

test('a stage with an issuer outside has none', () => {
  expect(
    ingestStacks({
      stage: { ingest: { ...OWN_INGEST, issuer: undefined, token: { issuer: 'https://a.b', audience: 'c' } } as never },
    }).issuer,
  ).toBeUndefined();
});

describe('the user pool', () => {
  test('is for machines: nobody can sign up, and no client accepts a password', () => {
    const { Properties, DeletionPolicy } = resourceOf(issuer, 'AWS::Cognito::UserPool');
    expect(Properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
    });
    expect(DeletionPolicy).toBe('Delete');
    for (const client of Object.values(resourcesOf(issuer, 'AWS::Cognito::UserPoolClient'))) {
      expect(client.Properties).toMatchObject({
        GenerateSecret: true,
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthFlowsUserPoolClient: true,
        ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
        AccessTokenValidity: 60,
        TokenValidityUnits: { AccessToken: 'minutes' },
      });
    }
  });

  test('has a scope for each dataset that takes events', () => {
    const { Identifier, Scopes } = resourceOf(issuer, 'AWS::Cognito::UserPoolResourceServer').Properties;
    expect(Identifier).toBe('lake-test-ingest');
    expect(Scopes.map(({ ScopeName }: { ScopeName: string }) => ScopeName)).toEqual([
      'access_logs',
      'orders',
      'sensor_readings',
    ]);
  });

  test('has a client for each producer, with the scopes of its datasets alone, after the scopes', () => {
    const clients = resourcesOf(issuer, 'AWS::Cognito::UserPoolClient');
    expect(
      Object.values(clients).map(({ Properties }) => [Properties.ClientName, Properties.AllowedOAuthScopes]),
    ).toEqual([
      ['lake-test-web-shop', ['lake-test-ingest/access_logs', 'lake-test-ingest/orders']],
      ['lake-test-plant-7', ['lake-test-ingest/sensor_readings']],
    ]);
    for (const { DependsOn } of Object.values(clients))
      expect(DependsOn).toEqual([expect.stringMatching(/^TokensGateway/)]);
  });

  test('gives tokens at an address of the account, or of the stage', () => {
    expect(resourceOf(issuer, 'AWS::Cognito::UserPoolDomain').Properties.Domain).toBe('lake-test-<AWS::AccountId>');
    expect(issuer.Outputs.TokenEndpoint?.Value).toBe(
      'https://lake-test-<AWS::AccountId>.auth.<AWS::Region>.amazoncognito.com/oauth2/token',
    );
    expect(resourceOf(turned.issuer, 'AWS::Cognito::UserPoolDomain').Properties.Domain).toBe('events-of-the-lake');
  });

  test('outputs the client id of each producer, and no secret', () => {
    expect(Object.keys(issuer.Outputs)).toEqual(expect.arrayContaining(['ClientIdOfWebShop', 'ClientIdOfPlant7']));
    expect(JSON.stringify(issuer)).not.toContain('ClientSecret');
  });

  test('is protected with the data of the stage', () => {
    expect(stack.terminationProtection).toBe(true);
    expect(lakeOf({ dataRemoval: 'delete', ingest: OWN_INGEST }).stack.terminationProtection).toBe(false);
  });

  test('a client keeps its id when another producer is added or removed', () => {
    const more = [{ producer: 'a-new-one', datasets: ['orders'] }, ...(OWN_INGEST.issuer?.producers ?? [])];
    const ids = (of: typeof issuer) => Object.keys(resourcesOf(of, 'AWS::Cognito::UserPoolClient'));
    expect(ids(lakeOf({ ingest: { ...OWN_INGEST, issuer: { producers: more } } }).issuer)).toEqual(
      expect.arrayContaining(ids(issuer)),
    );
  });
});

describe('the ingest stack', () => {
  test('has a certificate of its own, validated in the zone, which goes with it', () => {
    const { Properties, DeletionPolicy } = resourceOf(ingest, 'AWS::CertificateManager::Certificate');
    expect(Properties).toMatchObject({
      DomainName: 'ingest.lake.internal',
      ValidationMethod: 'DNS',
      DomainValidationOptions: [{ DomainName: 'ingest.lake.internal', HostedZoneId: 'Z08A1B2C3D4E5F6G7H8I9' }],
    });
    expect(DeletionPolicy).toBeUndefined();
    expect(resourceOf(ingest, 'AWS::ElasticLoadBalancingV2::Listener').Properties.Certificates).toEqual([
      { CertificateArn: '<NameCertificate>' },
    ]);
  });

  test('points the name at the load balancer, which has IPv4 addresses only', () => {
    expect(Object.values(resourcesOf(ingest, 'AWS::Route53::RecordSet')).map((one) => one.Properties)).toEqual([
      {
        HostedZoneId: 'Z08A1B2C3D4E5F6G7H8I9',
        Name: 'ingest.lake.internal',
        Type: 'A',
        AliasTarget: {
          DNSName: '<FrontLoadBalancer.DNSName>',
          HostedZoneId: '<FrontLoadBalancer.CanonicalHostedZoneID>',
          EvaluateTargetHealth: false,
        },
      },
    ]);
    expect(resourceOf(ingest, 'AWS::ElasticLoadBalancingV2::LoadBalancer').Properties.IpAddressType).toBe('ipv4');
    expect(ingest.Outputs.Url?.Value).toBe('https://ingest.lake.internal');
  });

  test('tells the gateway which tokens count, in the words that its settings read', () => {
    const { UserData } = resourceOf(ingest, 'AWS::EC2::LaunchTemplate').Properties.LaunchTemplateData;
    const text = JSON.stringify(UserData);
    const pool = 'https://cognito-idp.<AWS::Region>.<AWS::URLSuffix>/<lake-test-issuer:TokensPool>';
    expect(text).toContain(`INGEST_JWT_ISSUER=${pool}\\n`);
    expect(text).toContain(`INGEST_JWKS=${pool}/.well-known/jwks.json\\n`);
    expect(text).toContain('INGEST_JWT_PROFILE=cognito\\n');
    expect(text).toContain('INGEST_JWT_AUDIENCE=lake-test-ingest\\n');
  });

  test('has the load balancer look at the use of a token, where it verifies as well', () => {
    const { Actions } = resourceOf(turned.ingest, 'AWS::ElasticLoadBalancingV2::ListenerRule').Properties;
    expect(Actions[0]).toMatchObject({
      Type: 'jwt-validation',
      JwtValidationConfig: {
        Issuer: expect.stringMatching(/^https:\/\/cognito-idp\./),
        JwksEndpoint: expect.stringMatching(/\/\.well-known\/jwks\.json$/),
        AdditionalClaims: [{ Name: 'token_use', Format: 'single-string', Values: ['access'] }],
      },
    });
  });
});
