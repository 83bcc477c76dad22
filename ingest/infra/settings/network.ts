import { checkKeys, oneOf, type Report, show } from '../../../lib/settings/report';
import { NAT_MODES, type NetworkDefinition, type NetworkSettings } from './model';

const OWN_KEYS = ['cidr', 'availabilityZones', 'nat', 'endpoints'] as const;
const EXISTING_KEYS = ['vpcId', 'subnetIds', 'loadBalancerSubnetIds'] as const;

/** The VPC of the ingest tier: one that exists, or one of its own. */
export function resolveNetwork(given: NetworkDefinition, internetFacing: boolean, report: Report): NetworkSettings {
  checkKeys(given, [...EXISTING_KEYS, ...OWN_KEYS], 'network.', report);
  return given.vpcId === undefined ? resolveOwn(given, report) : resolveExisting(given, internetFacing, report);
}

function resolveExisting(given: NetworkDefinition, internetFacing: boolean, report: Report): NetworkSettings {
  const { vpcId = '', subnetIds = [], loadBalancerSubnetIds } = given;
  if (!/^vpc-[0-9a-f]{8,17}$/.test(String(vpcId))) {
    report('network.vpcId', `${show(vpcId)} is not the id of a VPC`, "write one such as 'vpc-0123456789abcdef0'");
  }
  for (const key of OWN_KEYS) {
    if (given[key] !== undefined) {
      report(`network.${key}`, 'is for a VPC of the lake, and vpcId names another', `remove ${key} or vpcId`);
    }
  }
  checkSubnets('network.subnetIds', subnetIds, report);
  if (loadBalancerSubnetIds !== undefined) checkSubnets('network.loadBalancerSubnetIds', loadBalancerSubnetIds, report);
  if (internetFacing && loadBalancerSubnetIds === undefined) {
    report(
      'network.loadBalancerSubnetIds',
      'is missing, and a load balancer that faces the internet needs public subnets',
      'name two public subnets of the VPC, in different zones',
    );
  }
  return { kind: 'existing', vpcId, subnetIds, loadBalancerSubnetIds: loadBalancerSubnetIds ?? subnetIds };
}

function checkSubnets(field: string, ids: readonly string[], report: Report): void {
  if (!Array.isArray(ids) || new Set(ids).size < 2) {
    report(field, `names ${new Set([ids].flat()).size} subnets`, 'name two or more, in different zones');
    return;
  }
  ids.forEach((id: unknown, index) => {
    if (!/^subnet-[0-9a-f]{8,17}$/.test(String(id))) {
      report(
        `${field}[${index}]`,
        `${show(id)} is not the id of a subnet`,
        "write one such as 'subnet-0123456789abcdef0'",
      );
    }
  });
}

function resolveOwn(given: NetworkDefinition, report: Report): NetworkSettings {
  const { cidr = '10.0.0.0/20', availabilityZones, nat = 'one', endpoints = true } = given;
  for (const key of EXISTING_KEYS) {
    if (given[key] !== undefined)
      report(`network.${key}`, 'is for a VPC that exists', 'name that VPC in network.vpcId');
  }
  const problem = cidrProblem(cidr, 16, 24);
  if (problem !== undefined) report('network.cidr', `${show(cidr)} ${problem}`, "write one such as '10.0.0.0/20'");
  oneOf('network.nat', nat, NAT_MODES, report);
  if (typeof endpoints !== 'boolean') report('network.endpoints', `is ${show(endpoints)}`, 'write true or false');
  if (endpoints === false && nat === 'none') {
    report('network.endpoints', "is false while nat is 'none', so instances reach nothing", 'turn one of them on');
  }
  if (availabilityZones !== undefined) checkZones(availabilityZones, report);
  return { kind: 'own', cidr, availabilityZones, nat, endpoints };
}

function checkZones(zones: readonly string[], report: Report): void {
  const field = 'network.availabilityZones';
  if (!Array.isArray(zones) || new Set(zones).size < 2)
    report(field, 'names fewer than two zones', 'name two or three');
  else if (zones.length > 3) report(field, `names ${zones.length} zones`, 'name two or three');
  else {
    zones.forEach((zone: unknown, index) => {
      if (!/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/.test(String(zone))) {
        report(`${field}[${index}]`, `${show(zone)} is not a zone`, "write one such as 'eu-central-1a'");
      }
    });
  }
}

/** What is wrong with an IPv4 range whose prefix may have `least` to `most` bits, or undefined. */
export function cidrProblem(cidr: unknown, least: number, most: number): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(String(cidr));
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const bits = Number(match?.[5]);
  if (match === null || octets.some((octet) => octet > 255)) return 'is not an IPv4 range';
  if (bits < least || bits > most) return `has a prefix of ${bits} bits, not ${least} to ${most}`;
  const address = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return address % 2 ** (32 - bits) === 0 ? undefined : 'has bits set behind its prefix';
}
