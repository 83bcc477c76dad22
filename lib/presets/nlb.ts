import type { DatasetDefinition } from '../dataset';
import { loadBalancerLog } from './load-balancer';
import { column, type PresetOptions } from './preset';

const FIELDS = [
  column('type', 'string', 'Kind of the listener: tls'),
  column('version', 'string', 'Version of the log entry'),
  column('event_time', 'timestamp', 'When the connection ended', { notNull: true, from: 'time' }),
  column('elb', 'string', 'Load balancer, as net/name/id'),
  column('listener', 'string', 'Id of the listener'),
  column('client', 'string', 'Address and port of the client'),
  column('destination', 'string', 'Address and port of the listener or of the target of a VPC endpoint'),
  column('connection_time', 'bigint', 'Milliseconds that the connection lasted'),
  column('tls_handshake_time', 'bigint', 'Milliseconds of the TLS handshake'),
  column('received_bytes', 'bigint', 'Bytes from the client, after decryption'),
  column('sent_bytes', 'bigint', 'Bytes to the client, before encryption'),
  column('incoming_tls_alert', 'string', 'TLS alert that the client sent'),
  column('chosen_cert_arn', 'string', 'ARN of the certificate'),
  column('chosen_cert_serial', 'string', 'Reserved by AWS'),
  column('tls_cipher', 'string', 'Cipher of TLS'),
  column('tls_protocol_version', 'string', 'Version of TLS'),
  column('tls_named_group', 'string', 'Named group of TLS'),
  column('domain_name', 'string', 'Domain that the client named in TLS'),
  column('alpn_fe_protocol', 'string', 'Application protocol with the client'),
  column('alpn_be_protocol', 'string', 'Application protocol with the target'),
  column('alpn_client_preference_list', 'string', 'Application protocols that the client offered, each in quotes'),
  column('tls_connection_creation_time', 'timestamp', 'When the connection began'),
];

/**
 * Access logs of Network Load Balancers, which write them for TLS listeners. `-` is null. Fields
 * that `columns` adds are those at the end of the line.
 *
 * Fields: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html
 */
export function nlb(options: PresetOptions = {}): DatasetDefinition {
  return loadBalancerLog(
    {
      name: 'nlb',
      description: 'TLS connections to Network Load Balancers, as their access logs have them.',
      fields: FIELDS,
      // A list of texts in quotes is one field.
      quoting: { quote: false },
      delivery: 'nlb',
    },
    options,
  );
}
