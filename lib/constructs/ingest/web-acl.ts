import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { resourceName, type StageSettings } from '../../settings';

/** Paths whose bodies are data. What looks like an attack in there may be a line of an access log. */
export const EVENT_PATH = '/v1/datasets/';

interface RuleGroup {
  readonly name: string;
  /** Rules that read the body, each with the label that it leaves. */
  readonly bodyRules: Readonly<Record<string, string>>;
}

const RULE_GROUPS: readonly RuleGroup[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList', bodyRules: {} },
  {
    name: 'AWSManagedRulesKnownBadInputsRuleSet',
    bodyRules: {
      JavaDeserializationRCE_BODY: 'awswaf:managed:aws:known-bad-inputs:JavaDeserializationRCE_Body',
      Log4JRCE_BODY: 'awswaf:managed:aws:known-bad-inputs:Log4JRCE_Body',
    },
  },
  {
    name: 'AWSManagedRulesCommonRuleSet',
    bodyRules: {
      SizeRestrictions_BODY: 'awswaf:managed:aws:core-rule-set:SizeRestrictions_Body',
      EC2MetaDataSSRF_BODY: 'awswaf:managed:aws:core-rule-set:EC2MetaDataSSRF_Body',
      GenericLFI_BODY: 'awswaf:managed:aws:core-rule-set:GenericLFI_Body',
      GenericRFI_BODY: 'awswaf:managed:aws:core-rule-set:GenericRFI_Body',
      CrossSiteScripting_BODY: 'awswaf:managed:aws:core-rule-set:CrossSiteScripting_Body',
    },
  },
];

export interface IngestWebAclProps {
  readonly settings: StageSettings;
  readonly loadBalancerArn: string;
  readonly operationsKey: IKey;
}

/**
 * AWS's managed rules in front of the load balancer. Rules on the body count instead of block, and a rule behind them
 * blocks what they found anywhere but where events are posted.
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
      rules: [...RULE_GROUPS.map(managedRule), blockOutsideOfEvents(RULE_GROUPS.length)],
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

function managedRule({ name, bodyRules }: RuleGroup, priority: number): CfnWebACL.RuleProperty {
  return {
    name,
    priority,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ruleActionOverrides: Object.keys(bodyRules).map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    visibilityConfig: visibility(name),
  };
}

function blockOutsideOfEvents(priority: number): CfnWebACL.RuleProperty {
  const labels = RULE_GROUPS.flatMap(({ bodyRules }) => Object.values(bodyRules));
  return {
    name: 'BodiesOutsideOfEvents',
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
    visibilityConfig: visibility('BodiesOutsideOfEvents'),
  };
}

const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: false, // samples would hold headers, tokens among them
  metricName,
});
