import type { DatasetDefinition } from '../dataset';
import { applyOptions, column, type PresetOptions } from './preset';

/**
 * Query logs of Route 53 Resolver: what instances of VPCs asked DNS for.
 *
 * Fields: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
 */
export function resolverQueryLogs(options: PresetOptions = {}): DatasetDefinition {
  const preset = {
    name: 'resolver_query_logs',
    description: 'DNS queries from VPCs, as Route 53 Resolver logs them.',
    columnNames: 'snake',
    columns: [
      column('query_timestamp', 'timestamp', 'When the query was made', { notNull: true }),
      column('version', 'string', 'Version of the format'),
      column('account_id', 'string', 'Account of the VPC'),
      column('region', 'string', 'Region of the VPC'),
      column('vpc_id', 'string', 'VPC'),
      column('query_name', 'string', 'Name that was asked for'),
      column('query_type', 'string', 'Type of record that was asked for'),
      column('query_class', 'string', 'Class of the query'),
      column('rcode', 'string', 'Answer code, such as NOERROR or NXDOMAIN'),
      column('answers', 'array<struct<rdata:string,type:string,class:string>>', 'Records of the answer'),
      column('srcaddr', 'string', 'Address of the instance'),
      column('srcport', 'int', 'Port of the instance'),
      column('transport', 'string', 'UDP, TCP or the like'),
      column(
        'srcids',
        'struct<instance:string,resolver_endpoint:string,resolver_network_interface:string>',
        'Instance, or endpoint and network interface, that the query came through',
      ),
      column('firewall_rule_group_id', 'string', 'Rule group of DNS Firewall that matched'),
      column('firewall_rule_action', 'string', 'ALERT or BLOCK'),
      column('firewall_domain_list_id', 'string', 'Domain list that matched'),
    ],
    eventTime: 'query_timestamp',
    input: { formats: ['ndjson'], layout: 'AWSLogs/*/vpcdnsquerylogs/*/{yyyy}/{MM}/{dd}/' },
    delivery: 'resolver-query-logs',
  } as const;
  return applyOptions(preset, options);
}
