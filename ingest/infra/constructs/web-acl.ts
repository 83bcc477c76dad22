import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { resourceName, type StageSettings } from '../../../lib/settings';
import type { IngestSettings } from '../settings';
import { MANAGED_RULE_GROUPS, type ManagedRuleGroup } from '../settings/managed-rules';

/** Paths whose bodies are data. What looks like an attack in there may be a line of an access log. */
export const EVENT_PATH = '/v1/datasets/';

export interface IngestWebAclProps {
  readonly settings: StageSettings;
  readonly ingest: Pick<IngestSettings, 'addressRequestsPerMinute'>;
  readonly loadBalancerArn: string;
  readonly operationsKey: IKey;
}

/**
 * A limit on the requests of one address, then AWS's managed rules. Of these, some count instead of block, and a rule
 * behind them blocks what they found anywhere but where events are posted.
 *
 * @example
 * ```ts
 * new IngestWebAcl(stack, 'WebAcl', {
 *   settings,
 *   ingest: { addressRequestsPerMinute: 60_000 },
 *   loadBalancerArn: loadBalancer.loadBalancer.ref,
 *   operationsKey: storage.operationsKey,
 * });
 * ```
 */
export class IngestWebAcl extends Construct {
  readonly webAcl: CfnWebACL;

  constructor(scope: Construct, id: string, props: IngestWebAclProps) {
    super(scope, id);
    const name = resourceName(props.settings, 'ingest');
    this.webAcl = new CfnWebACL(this, 'WebAcl', {
      name,
      description: 'Ingest tier: managed rules, which count what they find in bodies of events',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      rules: [
        limitAddresses(props.ingest.addressRequestsPerMinute),
        ...MANAGED_RULE_GROUPS.map((group, index) => managedRule(group, index + 1)),
        blockOutsideOfEvents(MANAGED_RULE_GROUPS.length + 1),
      ],
      visibilityConfig: visibility(name),
    });
    new CfnWebACLAssociation(this, 'Association', {
      resourceArn: props.loadBalancerArn,
      webAclArn: this.webAcl.attrArn,
    });
    this.log(props);
  }

  private log({ settings, operationsKey }: IngestWebAclProps): void {
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `aws-waf-logs-${resourceName(settings, 'ingest')}`, // WAF writes to no other name
      retention: settings.retention.logDays as RetentionDays,
      encryptionKey: operationsKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.webAcl.attrArn,
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          resourceName: logGroup.logGroupName,
        }),
      ],
      redactedFields: [{ singleHeader: { Name: 'authorization' } }],
      // Only what was blocked. Bodies above 8 KB count as well, so that a line for each would cost more than the requests;
      // how many there are is a metric of the rule.
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
          },
        ],
      },
    });
  }
}

/**
 * By address and not by token, which a flood can make up. Answered like the gateway's own limit, so that clients come again
 * later instead of taking it for a refusal. WAF counts by estimate, and blocks for as long as the rate stays above.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
 */
function limitAddresses(requestsPerMinute: number): CfnWebACL.RuleProperty {
  return {
    name: 'RequestsOfOneAddress',
    priority: 0,
    action: {
      block: {
        customResponse: {
          responseCode: 429,
          responseHeaders: [{ name: 'retry-after', value: String(WINDOW_SECONDS) }],
        },
      },
    },
    statement: {
      rateBasedStatement: { aggregateKeyType: 'IP', evaluationWindowSec: WINDOW_SECONDS, limit: requestsPerMinute },
    },
    visibilityConfig: visibility('RequestsOfOneAddress'),
  };
}

const WINDOW_SECONDS = 60;

function managedRule({ name, version, counted }: ManagedRuleGroup, priority: number): CfnWebACL.RuleProperty {
  return {
    name,
    priority,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ...(version === undefined ? {} : { version }),
        ruleActionOverrides: Object.keys(counted).map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    visibilityConfig: visibility(name),
  };
}

function blockOutsideOfEvents(priority: number): CfnWebACL.RuleProperty {
  const labels = MANAGED_RULE_GROUPS.flatMap(({ counted }) => Object.values(counted));
  return {
    name: 'OutsideOfEvents',
    priority,
    action: { block: {} },
    statement: {
      andStatement: {
        statements: [
          { orStatement: { statements: labels.map((key) => ({ labelMatchStatement: { scope: 'LABEL', key } })) } },
          {
            notStatement: {
              statement: {
                byteMatchStatement: {
                  searchString: EVENT_PATH,
                  positionalConstraint: 'STARTS_WITH',
                  fieldToMatch: { uriPath: {} },
                  textTransformations: [{ priority: 0, type: 'NONE' }],
                },
              },
            },
          },
        ],
      },
    },
    visibilityConfig: visibility('OutsideOfEvents'),
  };
}

const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: false, // samples would hold headers, tokens among them
  metricName,
});
