import type { CfnResource } from 'aws-cdk-lib';
import { NagMessageLevel, NagPack, type NagPackProps } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { LAKE_RULES } from './rules';

/**
 * Rules for what the lake is made of and the public packs leave out: Athena, projected tables, crawlers, TLS of buckets.
 *
 * @example
 * ```ts
 * Validations.of(app).addPlugins(new LakeChecks(app));
 * ```
 */
export class LakeChecks extends NagPack {
  readonly name = 'Lake';

  constructor(scope?: IConstruct, props?: NagPackProps) {
    super(scope, props);
    this.packName = 'Lake';
  }

  protected checkResource(node: CfnResource): void {
    for (const rule of LAKE_RULES) {
      this.applyRule({
        ruleSuffixOverride: rule.id,
        info: rule.info,
        explanation: rule.explanation,
        level: NagMessageLevel.ERROR,
        node,
        rule: rule.check,
      });
    }
  }
}
