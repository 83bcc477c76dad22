import { type IPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { JustifiedPolicy, type Statement } from '../compliance';

export interface ScopedRoleProps {
  readonly assumedBy: IPrincipal;
  readonly description: string;
  /** All that the role may do. */
  readonly statements: readonly Statement[];
  /** @default '/'; roles that a service assumes to reach raw or curated need `serviceRolePath(settings)` */
  readonly path?: string;
}

/**
 * A role whose permissions are one explicit managed policy. Pass its `fixed` form to constructs: they would otherwise add
 * inline policies with wider actions than needed.
 *
 * @example
 * ```ts
 * const role = new ScopedRole(stack, 'Reader', {
 *   assumedBy: new ServicePrincipal('glue.amazonaws.com'),
 *   description: 'Lists orders',
 *   statements: [new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] })],
 * });
 * role.fixed; // for constructs that would add policies
 * ```
 */
export class ScopedRole extends Role {
  readonly policy: JustifiedPolicy;
  readonly fixed: ReturnType<Role['withoutPolicyUpdates']>;

  constructor(scope: Construct, id: string, { statements, ...props }: ScopedRoleProps) {
    super(scope, id, props);
    this.policy = new JustifiedPolicy(this, 'Policy', {
      description: props.description,
      statements,
      roles: [this],
    });
    this.fixed = this.withoutPolicyUpdates();
  }
}
