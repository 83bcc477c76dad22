import { GetParametersCommand } from '@aws-sdk/client-ssm';
import { resources } from '../assembly/assembly';
import type { Aws } from '../aws/clients';
import { type Check, error, type Finding, ok, skipped, unknown } from '../check';
import { partitionOf } from '../scope';

const LISTS = '/aws/service/global-infrastructure';

/** Services by CloudFormation's name that AWS's public list of regions calls otherwise than in small letters. */
const LISTED_AS: Readonly<Record<string, string>> = {
  ElasticLoadBalancingV2: 'elb',
  Events: 'eventbridge',
  KinesisFirehose: 'firehose',
  WAFv2: 'waf',
  CertificateManager: 'acm',
  Cognito: 'cognito-idp',
};

/** Services of all regions together, which the list of one region may leave out. */
const GLOBAL = ['Budgets', 'Route53'];

/** Names that one call can ask for. */
const BATCH = 10;

/** Whether the region has every service that the templates use, by AWS's own public list. */
export const regionServices: Check = {
  id: 'region-services',
  permissions: ({ partition, region }) => [
    { action: 'ssm:GetParameters', resource: `arn:${partition}:ssm:${region}::parameter${LISTS}/*` },
  ],
  async run({ aws, assembly, region }) {
    const namespaces = [...new Set(resources(assembly).map(({ Type }) => Type.split('::')))]
      .filter(([vendor, service = '']) => vendor === 'AWS' && !GLOBAL.includes(service))
      .map(([, service = '']) => LISTED_AS[service] ?? service.toLowerCase());
    const services = [...new Set(namespaces)].filter((name) => name !== 'cdk').sort();
    const here = await present(aws, services, (name) => `${LISTS}/regions/${region}/services/${name}`);
    const absent = services.filter((name) => !here.has(name));
    // A name that the list does not know anywhere says nothing about the region.
    const known = await present(aws, absent, (name) => `${LISTS}/services/${name}`);
    const missing = absent.filter((name) => known.has(name));
    const unlisted = absent.filter((name) => !known.has(name));
    const findings: Finding[] = missing.map((name) =>
      error(
        `${region} has no ${name}, which the stacks use`,
        `Choose another region of ${partitionOf(region)} for the stage.`,
      ),
    );
    if (here.size === 0) {
      return [
        ...findings,
        unknown(
          `AWS's public list of services does not know ${region}`,
          `Look whether the name of the region is right, and for these services: ${services.join(', ')}`,
        ),
      ];
    }
    if (missing.length === 0) findings.push(ok(`${region} has ${[...here].join(', ')}`));
    if (unlisted.length > 0) findings.push(skipped(`AWS's public list does not name ${unlisted.join(', ')}`));
    return findings;
  },
};

async function present(aws: Aws, names: readonly string[], path: (name: string) => string): Promise<Set<string>> {
  const found = new Set<string>();
  for (let from = 0; from < names.length; from += BATCH) {
    const batch = names.slice(from, from + BATCH);
    const { Parameters = [] } = await aws.ssm.send(new GetParametersCommand({ Names: batch.map(path) }));
    for (const name of batch) if (Parameters.some((parameter) => parameter.Name === path(name))) found.add(name);
  }
  return found;
}
