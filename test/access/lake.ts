import { type Dataset, hasIceberg } from '../../lib/dataset';
import { LAKE_ROLES, type StageDefinition } from '../../lib/settings';
import { datasets as given } from '../fixtures/datasets';
import { everyRole, testLake, testSettings } from '../support/cdk';
import type { PolicyDocument } from '../support/iam';
import { PLACE, ResolvedTemplates } from '../support/iam/cloudformation';
import { LakePolicies } from '../support/iam/lake';
import { target } from '../support/iam/symbols';
import { type MatrixRow, readMatrix, type Verdict } from './matrix';
import type { Need } from './need';
import { needsOf } from './needs';

/** Roles that services take on, as the matrix calls them: stack and beginning of the logical id. */
const SERVICE_ROLES: Readonly<Record<string, readonly [stack: string, id: string]>> = {
  planner: ['compaction', 'PlannerRole'],
  compactor: ['compaction', 'CompactorRole'],
  'state machine': ['compaction', 'PipelineRole'],
  scheduler: ['compaction', 'SchedulesRole'],
  crawler: ['catalog', 'RawCrawlerRole'],
  'query log': ['query', 'QueryLogMachineRole'],
  'start of the query log': ['query', 'QueryLogStarterRole'],
};

/** Of a lake with Iceberg tables. */
const ICEBERG_ROLES: typeof SERVICE_ROLES = { publisher: ['compaction', 'PublisherRole'] };

/** A role with its policies, what must be so, and what it needs. */
export interface RoleUnderTest {
  readonly name: string;
  readonly arn: string;
  readonly policies: readonly PolicyDocument[];
  readonly rows: readonly MatrixRow[];
  readonly needs: readonly Need[];
}

/** Every role of a lake in which every role exists, with its part of the matrix. */
export class LakeUnderTest {
  readonly templates: ResolvedTemplates;
  readonly policies: LakePolicies;
  readonly rows = readMatrix();
  readonly needs: readonly Need[];
  readonly roles: readonly RoleUnderTest[];

  /**
   * @param more settings of the stage beside principals for every role
   * @param datasets those of the tests by default
   */
  constructor(more: Omit<StageDefinition, 'name' | 'access'> = {}, datasets: readonly Dataset[] = given) {
    const stage = { ...more, access: everyRole({ roles: [`arn:aws:iam::${PLACE.account}:role/people`] }) };
    this.templates = new ResolvedTemplates(testLake({ stage, datasets }));
    this.policies = new LakePolicies(testSettings(stage), this.templates);
    this.needs = needsOf(this.templates);
    const names = new Map([
      ...LAKE_ROLES.map((name): [string, string] => [this.#role('access', title(name)), name]),
      ...Object.entries({ ...SERVICE_ROLES, ...(hasIceberg(datasets) ? ICEBERG_ROLES : {}) }).map(
        ([name, [stack, id]]): [string, string] => [this.#role(stack, id), name],
      ),
    ]);
    this.roles = [...this.policies.roles()].map(([arn, policies]) => {
      const name = names.get(arn) ?? arn.split('/').at(-1) ?? arn;
      const rows = this.rows.filter(({ role }) => role === name);
      return { name, arn, policies, rows, needs: this.needs.filter(({ role }) => role === arn) };
    });
  }

  #role = (stack: string, id: string): string => this.policies.arnOf(stack, 'AWS::IAM::Role', id);

  /** Cells of a row that the policies decide otherwise, in words. */
  broken(role: RoleUnderTest, { verdict, actions, targets }: MatrixRow, policies = role.policies): readonly string[] {
    return actions.flatMap((action) =>
      targets
        .filter((text) => !this.#decides(role, policies, verdict, action, text))
        .map((text) => `not so: ${role.name} ${verdict} ${action} on ${text}`),
    );
  }

  #decides(
    { arn }: RoleUnderTest,
    policies: readonly PolicyDocument[],
    verdict: Verdict,
    action: string,
    text: string,
  ): boolean {
    const { arn: resource, context } = target(text, this.policies);
    const request = { action, resource, context };
    if (verdict === 'never') return this.policies.forbid(arn, policies, request);
    return this.policies.may(arn, policies, request) === (verdict === 'may');
  }

  /** Needs of a role that its policies do not fill, in words. */
  unmet(role: RoleUnderTest, policies = role.policies): readonly string[] {
    return role.needs
      .filter(
        ({ action, resource, context = {} }) => !this.policies.may(role.arn, policies, { action, resource, context }),
      )
      .map(({ action, resource, why }) => `${why}: ${action} on ${resource} is refused`);
  }

  /** Whether the matrix or a need notices that a role has these policies instead of its own. */
  notices(role: RoleUnderTest, policies: readonly PolicyDocument[]): boolean {
    return (
      role.rows.some((row) => this.broken(role, row, policies).length > 0) || this.unmet(role, policies).length > 0
    );
  }
}

const title = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}Role`;
