import { resolveEmails } from '../../../lib/settings/emails';
import type { StageDefinition } from '../../../lib/settings/model';
import { checkKeys, inRange, oneOf, type Report, show, switchOf, wholeNumber } from '../../../lib/settings/report';
import { resolveCertificate } from './certificate';
import { resolveIssuer } from './issuer';
import {
  type ImageDefinition,
  type IngestDefinition,
  type IngestSettings,
  LATENCY_CLASSES,
  type NetworkSettings,
  type RateLimitDefinition,
} from './model';
import { cidrProblem, resolveNetwork } from './network';

/** Graviton types with one vCPU: current generations, of every family that AWS sells in this size. */
const ONE_VCPU_ARM = /^[cmr](?:6|7|8|9)g[a-z]*\.medium$/;

const INGEST_KEYS = [
  ...['domain', 'certificateArn', 'issuer', 'token', 'internetFacing', 'allowedCidrs', 'minimumTls', 'image'],
  ...['instanceType', 'minInstances', 'maxInstances', 'targetCpuPercent', 'targetRequestsPerMinute', 'latencyClass'],
  ...['addressRequestsPerMinute', 'rateLimit', 'environmentTag', 'scalingEmails'],
];

/** @returns the settings of the ingest tier with every default filled in, or undefined where the stage has none */
export function resolveIngest(stage: StageDefinition, report: Report): IngestSettings | undefined {
  const given = stage.ingest;
  if (given === undefined) {
    if (stage.network !== undefined) {
      report('network', 'is for the ingest tier, which this stage does not have', 'add ingest, or remove network');
    }
    return undefined;
  }
  checkKeys(given, INGEST_KEYS, 'ingest.', report);
  const { domain: _domain, certificateArn: _arn, token: _token, ...own } = given;
  const network = resolveNetwork(stage.network ?? {}, given.internetFacing === true, report);
  const group = { maxInstances: 10, targetRequestsPerMinute: 240_000, ...own };
  const ingest = {
    internetFacing: false,
    minimumTls: '1.3' as const,
    image: undefined,
    instanceType: 'c7g.medium',
    minInstances: 2,
    targetCpuPercent: 65,
    addressRequestsPerMinute: group.maxInstances * group.targetRequestsPerMinute,
    latencyClass: 'balanced' as const,
    environmentTag: environmentOf(String(stage.name)),
    ...group,
    certificate: resolveCertificate(stage, report),
    issuer: resolveIssuer(stage, network, report),
    allowedCidrs: resolveCidrs(given, network, report),
    rateLimit: resolveRateLimit(given.rateLimit ?? {}, report),
    scalingEmails: resolveEmails('ingest.scalingEmails', given.scalingEmails ?? [], report),
    network,
  };
  checkGroup(ingest, report);
  if (given.addressRequestsPerMinute !== undefined) {
    // The most that WAF takes; by default it follows from numbers that were checked.
    wholeNumber('ingest.addressRequestsPerMinute', given.addressRequestsPerMinute, 600, 2_000_000_000, report);
  }
  if (ingest.image !== undefined) checkImage(ingest.image, report);
  switchOf('ingest.internetFacing', ingest.internetFacing, report);
  oneOf('ingest.minimumTls', ingest.minimumTls, ['1.2', '1.3'], report);
  oneOf('ingest.latencyClass', ingest.latencyClass, LATENCY_CLASSES, report);
  if (!/^[\w.:/=+\-@ ]{1,256}$/.test(String(ingest.environmentTag))) {
    report(
      'ingest.environmentTag',
      `${show(ingest.environmentTag)} is not a tag value`,
      "write one such as 'Production'",
    );
  }
  return ingest;
}

function checkGroup(ingest: IngestSettings, report: Report): void {
  if (!ONE_VCPU_ARM.test(String(ingest.instanceType))) {
    report(
      'ingest.instanceType',
      `${show(ingest.instanceType)} is not an arm64 type with one vCPU`,
      "write 'c7g.medium', 'm7g.medium', 'r7g.medium' or another of their generations; grow by maxInstances",
    );
  }
  wholeNumber('ingest.minInstances', ingest.minInstances, 2, 100, report);
  wholeNumber('ingest.maxInstances', ingest.maxInstances, 2, 100, report);
  if (ingest.maxInstances < ingest.minInstances) {
    report(
      'ingest.maxInstances',
      `is ${ingest.maxInstances}, below minInstances`,
      `write ${ingest.minInstances} or more`,
    );
  }
  inRange('ingest.targetCpuPercent', ingest.targetCpuPercent, 20, 80, report);
  wholeNumber('ingest.targetRequestsPerMinute', ingest.targetRequestsPerMinute, 600, 1_000_000, report);
}

/** Who may call. Nobody gets to everybody by leaving a field out. */
function resolveCidrs(given: IngestDefinition, network: NetworkSettings, report: Report): readonly string[] {
  const { allowedCidrs, internetFacing } = given;
  if (allowedCidrs === undefined) {
    if (internetFacing !== true && network.kind === 'own') return [network.cidr];
    report(
      'ingest.allowedCidrs',
      internetFacing === true
        ? 'is missing, and the load balancer faces the internet'
        : 'is missing, and the VPC is not ours',
      "name the ranges that may call, such as ['203.0.113.0/24']; for everybody write ['0.0.0.0/0']",
    );
    return [];
  }
  if (!Array.isArray(allowedCidrs) || allowedCidrs.length === 0) {
    report('ingest.allowedCidrs', 'names no range', 'name at least one, or leave it out');
    return [];
  }
  allowedCidrs.forEach((cidr: unknown, index) => {
    const problem = cidrProblem(cidr, 0, 32);
    if (problem !== undefined)
      report(`ingest.allowedCidrs[${index}]`, `${show(cidr)} ${problem}`, "write '10.0.0.0/8'");
  });
  return allowedCidrs;
}

function resolveRateLimit(given: RateLimitDefinition, report: Report): IngestSettings['rateLimit'] {
  const defaults = { eventsPerSecond: 5_000, burst: 20_000, store: 'valkey' as const, nodeType: 'cache.t4g.small' };
  checkKeys(given, Object.keys(defaults), 'ingest.rateLimit.', report);
  const limit = { ...defaults, ...given };
  wholeNumber('ingest.rateLimit.eventsPerSecond', limit.eventsPerSecond, 1, 10_000_000, report);
  wholeNumber('ingest.rateLimit.burst', limit.burst, 10_000, 100_000_000, report);
  oneOf('ingest.rateLimit.store', limit.store, ['valkey', 'memory'], report);
  if (!/^cache\.[a-z][a-z0-9]*\.[a-z0-9]+$/.test(String(limit.nodeType))) {
    report('ingest.rateLimit.nodeType', `${show(limit.nodeType)} is not a node type`, "write 'cache.t4g.small'");
  }
  return limit;
}

function checkImage(image: ImageDefinition, report: Report): void {
  checkKeys(image, ['repository', 'digest'], 'ingest.image.', report);
  if (!/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/.test(String(image.repository))) {
    report(
      'ingest.image.repository',
      `${show(image.repository)} is not the name of an ECR repository`,
      "write 'data/ingest'",
    );
  }
  if (!/^sha256:[0-9a-f]{64}$/.test(String(image.digest))) {
    report(
      'ingest.image.digest',
      `${show(image.digest)} is not a digest`,
      "write 'sha256:' and 64 hexadecimal digits, never a tag",
    );
  }
}

const KNOWN_ENVIRONMENTS: Readonly<Record<string, string>> = { prod: 'Production', dev: 'Development' };

/** `prod`: Production; `dev`: Development; any other by its own name, as in `staging`: Staging. */
const environmentOf = (stage: string): string =>
  KNOWN_ENVIRONMENTS[stage] ?? `${stage.charAt(0).toUpperCase()}${stage.slice(1)}`;
