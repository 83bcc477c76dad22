/**
 * What the emulator does not take, and therefore is taken out of the templates before they are deployed to it. This is the
 * only list; every run prints it as "not proven here".
 */
export interface NotEmulated {
  /** A CloudFormation resource type. */
  readonly type: string;
  /** Only the resources with such properties. @default all of the type */
  readonly when?: (properties: Readonly<Record<string, unknown>>) => boolean;
  /** What else proves it, or `not proven`. */
  readonly provenBy: string;
}

const SCHEMA = "CloudFormation's schema and the assertions in test/stacks";

export const NOT_EMULATED: readonly NotEmulated[] = [
  {
    type: 'AWS::Athena::NamedQuery',
    provenBy: `the SQL is run by a query engine and parsed; the resource by ${SCHEMA}`,
  },
  { type: 'AWS::Glue::SecurityConfiguration', provenBy: SCHEMA },
  { type: 'AWS::Logs::QueryDefinition', provenBy: SCHEMA },
  { type: 'AWS::CloudWatch::CompositeAlarm', provenBy: SCHEMA },
  {
    type: 'AWS::CloudWatch::Alarm',
    when: ({ Metrics }) => Metrics !== undefined, // metric math
    provenBy: SCHEMA,
  },
  { type: 'AWS::Budgets::Budget', provenBy: SCHEMA },
  { type: 'AWS::EC2::NatGateway', provenBy: SCHEMA },
  { type: 'AWS::EC2::EIP', provenBy: SCHEMA },
  { type: 'AWS::EC2::FlowLog', provenBy: SCHEMA },
  { type: 'AWS::EC2::SecurityGroupIngress', provenBy: SCHEMA },
  { type: 'AWS::EC2::SecurityGroupEgress', provenBy: SCHEMA },
  { type: 'AWS::EC2::NetworkAcl', provenBy: SCHEMA },
  { type: 'AWS::EC2::NetworkAclEntry', provenBy: SCHEMA },
  { type: 'AWS::EC2::SubnetNetworkAclAssociation', provenBy: SCHEMA },
  { type: 'AWS::WAFv2::WebACLAssociation', provenBy: SCHEMA },
  { type: 'AWS::WAFv2::LoggingConfiguration', provenBy: SCHEMA },
  { type: 'AWS::ElastiCache::ServerlessCache', provenBy: SCHEMA },
  { type: 'AWS::LakeFormation::PrincipalPermissions', provenBy: SCHEMA },
];
