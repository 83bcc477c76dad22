import type { ColumnDefinition, DatasetDefinition } from '../dataset';
import { ACCOUNT, applyOptions, column, type PresetOptions, REGION } from './preset';

const SECONDS = { format: { epoch: 's' } } as const;

/** Every field that flow logs have, by its name in the format of the flow log. */
const FIELDS: Readonly<Record<string, ColumnDefinition>> = {
  version: column('version', 'int', 'Version of the record'),
  'account-id': column('account_id', 'string', 'Account of the network interface'),
  'interface-id': column('interface_id', 'string', 'Network interface'),
  srcaddr: column('srcaddr', 'string', 'Source address'),
  dstaddr: column('dstaddr', 'string', 'Destination address'),
  srcport: column('srcport', 'int', 'Source port'),
  dstport: column('dstport', 'int', 'Destination port'),
  protocol: column('protocol', 'int', 'IANA number of the protocol'),
  packets: column('packets', 'bigint', 'Packets of the flow'),
  bytes: column('bytes', 'bigint', 'Bytes of the flow'),
  start: column('start_time', 'timestamp', 'First packet of the interval', {
    ...SECONDS,
    from: 'start',
    notNull: true,
  }),
  end: column('end_time', 'timestamp', 'Last packet of the interval', { ...SECONDS, from: 'end' }),
  action: column('action', 'string', 'ACCEPT or REJECT'),
  'log-status': column('log_status', 'string', 'OK, NODATA or SKIPDATA'),
  'vpc-id': column('vpc_id', 'string', 'VPC of the network interface'),
  'subnet-id': column('subnet_id', 'string', 'Subnet of the network interface'),
  'instance-id': column('instance_id', 'string', 'Instance of the network interface'),
  'tcp-flags': column('tcp_flags', 'int', 'Flags of TCP that were seen, as a bit mask'),
  type: column('type', 'string', 'IPv4, IPv6 or EFA'),
  'pkt-srcaddr': column('pkt_srcaddr', 'string', 'Source address of the packets'),
  'pkt-dstaddr': column('pkt_dstaddr', 'string', 'Destination address of the packets'),
  region: REGION,
  'az-id': column('az_id', 'string', 'Availability Zone'),
  'sublocation-type': column('sublocation_type', 'string', 'wavelength, outpost or localzone'),
  'sublocation-id': column('sublocation_id', 'string', 'Id of the sublocation'),
  'pkt-src-aws-service': column('pkt_src_aws_service', 'string', 'AWS service of the source address'),
  'pkt-dst-aws-service': column('pkt_dst_aws_service', 'string', 'AWS service of the destination address'),
  'flow-direction': column('flow_direction', 'string', 'ingress or egress'),
  'traffic-path': column('traffic_path', 'int', 'Number of the path that egress traffic takes'),
  'ecs-cluster-arn': column('ecs_cluster_arn', 'string', 'ARN of the ECS cluster'),
  'ecs-cluster-name': column('ecs_cluster_name', 'string', 'ECS cluster'),
  'ecs-container-instance-arn': column('ecs_container_instance_arn', 'string', 'ARN of the ECS container instance'),
  'ecs-container-instance-id': column('ecs_container_instance_id', 'string', 'ECS container instance'),
  'ecs-container-id': column('ecs_container_id', 'string', 'Docker runtime id of the first container'),
  'ecs-second-container-id': column('ecs_second_container_id', 'string', 'Docker runtime id of the second container'),
  'ecs-service-name': column('ecs_service_name', 'string', 'ECS service'),
  'ecs-task-definition-arn': column('ecs_task_definition_arn', 'string', 'ARN of the ECS task definition'),
  'ecs-task-arn': column('ecs_task_arn', 'string', 'ARN of the ECS task'),
  'ecs-task-id': column('ecs_task_id', 'string', 'ECS task'),
  'reject-reason': column('reject_reason', 'string', 'Why traffic was rejected, such as BPA or EC'),
  'resource-id': column('resource_id', 'string', 'NAT gateway of the network interface'),
  'encryption-status': column('encryption_status', 'int', 'Whether the traffic was encrypted, and by what'),
};

/** The default format, which is version 2. */
const DEFAULT_FIELDS = [
  ...['version', 'account-id', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol', 'packets'],
  ...['bytes', 'start', 'end', 'action', 'log-status'],
];

export interface VpcFlowLogsOptions extends PresetOptions {
  /**
   * Fields of a custom format, as the flow log names them (`['srcaddr', 'start', 'vpc-id']`), in its order, by which the raw
   * table of text reads them; or all that are known. `start` is always among them. One that is not known is a string. With
   * `region`, which the path tells too, the raw table of text has whole lines. A field with the name of a leading key is the
   * column `<name>_field`.
   * @default those of the default format
   */
  readonly fields?: readonly string[] | 'all';
  /** What the flow log writes. @default 'text' */
  readonly format?: 'text' | 'parquet';
  /** Whether the flow log has Hive-compatible prefixes. @default false */
  readonly hivePrefixes?: boolean;
}

/**
 * Flow logs of VPCs, subnets and network interfaces, delivered to S3 as text or Parquet. Each file names its fields, so that
 * flow logs of several formats can share a table. `-` is null; in Parquet it is left in texts.
 *
 * Fields: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html; files:
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
 */
export function vpcFlowLogs(options: VpcFlowLogsOptions = {}): DatasetDefinition {
  const { fields = DEFAULT_FIELDS, format = 'text', hivePrefixes = false, ...rest } = options;
  // Raw text is read by position, so that the order is kept.
  const names = fields === 'all' ? Object.keys(FIELDS) : [...new Set([...fields, 'start'])];
  const keys = new Set(rest.partition?.leading?.map((key) => key.name));
  const columns = names.map((field) => {
    const own = FIELDS[field] ?? column(field.replaceAll('-', '_'), 'string', 'Field of the flow log');
    // A key takes the name of its column, and the field is still there.
    return keys.has(own.name) ? { ...own, name: `${own.name}_field`, from: field } : own;
  });
  const folders = hivePrefixes
    ? 'AWSLogs/aws-account-id={account}/aws-service=vpcflowlogs/aws-region={region}/year={yyyy}/month={MM}/day={dd}/'
    : 'AWSLogs/{account}/vpcflowlogs/{region}/{yyyy}/{MM}/{dd}/';
  const preset = {
    name: 'vpc_flow_logs',
    description: 'Flows of IP traffic through network interfaces, as VPC flow logs aggregate them.',
    columnNames: 'snake',
    columns,
    eventTime: 'start_time',
    input: {
      formats: [format === 'text' ? 'csv' : 'parquet'],
      ...(format === 'text' ? { csv: { delimiter: ' ', nulls: ['-'], quote: false } as const } : {}),
      layout: folders,
    },
    delivery: 'vpc-flow-logs',
  } as const;
  // Behind all that are fields, so that the raw table reads those by position.
  const fromPath = [ACCOUNT, REGION].filter(
    ({ name }) => ![...columns, ...(rest.columns ?? [])].some((one) => one.name === name),
  );
  return applyOptions(preset, { ...rest, columns: [...(rest.columns ?? []), ...fromPath] });
}
