import { HeadBucketCommand, paginateListBuckets } from '@aws-sdk/client-s3';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { type AssemblyStack, fillIn } from '../assembly/assembly';
import { ifFound, MissingPermission } from '../aws/errors';
import { type Check, error, type Finding, ok, skipped } from '../check';
import type { Context } from '../context';
import { onAnything } from '../permission';
import { arn } from '../scope';

/** `cdk deploy` works through a bucket and roles that `cdk bootstrap` puts into each account and region once. */
export const bootstrap: Check = {
  id: 'bootstrap',
  permissions: (scope) => [
    { action: 'ssm:GetParameter', resource: arn(scope, 'ssm', 'parameter/cdk-bootstrap/*/version') },
    { action: 's3:ListBucket', resource: `arn:${scope.partition}:s3:::cdk-*-assets-${scope.account}-${scope.region}` },
    ...onAnything('s3:ListAllMyBuckets'),
  ],
  async run(context) {
    const needs = context.assembly.stacks.flatMap(({ bootstrap: need }) => (need === undefined ? [] : [need]));
    const parameters = [...new Set(needs.map(({ parameter }) => parameter))];
    if (parameters.length === 0) return [skipped('not needed: no stack uses bootstrap resources')];
    const versions = await Promise.all(
      parameters.map((parameter) =>
        judgeVersion(
          context,
          parameter,
          Math.max(...needs.filter((need) => need.parameter === parameter).map(({ version }) => version)),
        ),
      ),
    );
    const isMissing = versions.some(({ isThere }) => !isThere);
    const buckets = await Promise.all(assetBuckets(context).map((name) => judgeBucket(context, name, isMissing)));
    return [...versions.map(({ finding }) => finding), ...buckets.flat()];
  },
};

async function judgeVersion({ aws, account, region }: Context, parameter: string, needed: number) {
  const answer = await ifFound(aws.ssm.send(new GetParameterCommand({ Name: parameter })));
  const qualifier = /^\/cdk-bootstrap\/([^/]+)\/version$/.exec(parameter)?.[1] ?? 'hnb659fds';
  const option = qualifier === 'hnb659fds' ? '' : ` --qualifier ${qualifier}`;
  const command = `npx cdk bootstrap aws://${account}/${region}${option}`;
  const value = answer?.Parameter?.Value;
  if (answer === undefined) {
    const finding = error(`${account} is not bootstrapped in ${region}: no ${parameter}`, `Run ${command}`);
    return { isThere: false, finding };
  }
  const finding =
    Number(value) >= needed
      ? ok(`bootstrap version ${value}, at least ${needed} is needed`)
      : error(`bootstrap version ${value}, but the stacks need ${needed}`, `Bring it up to date: ${command}`);
  return { isThere: true, finding };
}

const assetBuckets = ({ assembly, ...scope }: Context): readonly string[] => [
  ...new Set(assembly.stacks.flatMap((stack: AssemblyStack) => stack.assetBuckets).map((name) => fillIn(name, scope))),
];

/**
 * The bucket of the assets has a name that anybody can work out. Where the bootstrap stack is missing the name must be free,
 * or bootstrapping fails; where it exists the bucket must be this account's, or assets go to somebody else.
 */
async function judgeBucket(context: Context, name: string, isMissing: boolean): Promise<readonly Finding[]> {
  const { account, region } = context;
  const owner = await ownerOf(context, name);
  if (owner === 'nobody') {
    // That the account is not bootstrapped is said already.
    if (isMissing) return [];
    return [
      error(
        `the bootstrap stack exists, but its bucket ${name} does not`,
        `Delete the bootstrap stack (CDKToolkit) and run npx cdk bootstrap aws://${account}/${region}`,
      ),
    ];
  }
  if (owner === 'another account') {
    return [
      error(
        `the bucket ${name}, which the assets go to, belongs to another account`,
        'Never deploy to it. Bootstrap under another name, npx cdk bootstrap --qualifier NAME, and write the same name as ' +
          '"@aws-cdk/core:bootstrapQualifier" into the context of cdk.json.',
      ),
    ];
  }
  if (!isMissing) return [ok(`bucket ${name} is there for assets`)];
  return [
    error(
      `the bucket ${name} is left from an earlier bootstrap stack, and the next could not create it`,
      'Empty and delete it, or bootstrap under another --qualifier.',
    ),
  ];
}

/** S3 says 403 both for a bucket of somebody else and for one that the caller may not look into; the list of buckets tells. */
async function ownerOf(
  { aws, account }: Context,
  name: string,
): Promise<'this account' | 'another account' | 'nobody'> {
  try {
    const found = await ifFound(aws.s3.send(new HeadBucketCommand({ Bucket: name, ExpectedBucketOwner: account })));
    return found === undefined ? 'nobody' : 'this account';
  } catch (cause) {
    if (!(cause instanceof MissingPermission)) throw cause;
    for await (const { Buckets = [] } of paginateListBuckets({ client: aws.s3 }, { Prefix: name })) {
      if (Buckets.some(({ Name }) => Name === name)) return 'this account';
    }
    return 'another account';
  }
}
