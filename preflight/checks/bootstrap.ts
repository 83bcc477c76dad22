import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { type AssemblyStack, fillIn } from '../assembly/assembly';
import { ifFound } from '../aws/errors';
import { type Check, error, type Finding, ok, skipped } from '../check';
import type { Context } from '../context';
import { arn } from '../scope';

/** `cdk deploy` works through a bucket and roles that `cdk bootstrap` puts into each account and region once. */
export const bootstrap: Check = {
  id: 'bootstrap',
  permissions: (scope) => [
    { action: 'ssm:GetParameter', resource: arn(scope, 'ssm', 'parameter/cdk-bootstrap/*/version') },
    { action: 's3:ListBucket', resource: `arn:${scope.partition}:s3:::cdk-*-assets-${scope.account}-${scope.region}` },
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
    // Without the stack there is no bucket either, and saying so twice helps nobody.
    if (versions.some(({ level }) => level === 'error')) return versions;
    return [...versions, ...(await Promise.all(assetBuckets(context).map((name) => judgeBucket(context, name))))];
  },
};

async function judgeVersion({ aws, account, region }: Context, parameter: string, needed: number): Promise<Finding> {
  const answer = await ifFound(aws.ssm.send(new GetParameterCommand({ Name: parameter })));
  const qualifier = /^\/cdk-bootstrap\/([^/]+)\/version$/.exec(parameter)?.[1] ?? 'hnb659fds';
  const option = qualifier === 'hnb659fds' ? '' : ` --qualifier ${qualifier}`;
  const command = `npx cdk bootstrap aws://${account}/${region}${option}`;
  const version = Number(answer?.Parameter?.Value);
  if (answer === undefined)
    return error(`${account} is not bootstrapped in ${region}: no ${parameter}`, `Run ${command}`);
  if (!(version >= needed)) {
    return error(
      `bootstrap version ${answer.Parameter?.Value}, but the stacks need ${needed}`,
      `Bring it up to date: ${command}`,
    );
  }
  return ok(`bootstrap version ${version}, at least ${needed} is needed`);
}

const assetBuckets = ({ assembly, ...scope }: Context): readonly string[] => [
  ...new Set(assembly.stacks.flatMap((stack: AssemblyStack) => stack.assetBuckets).map((name) => fillIn(name, scope))),
];

async function judgeBucket({ aws, account, region }: Context, name: string): Promise<Finding> {
  const found = await ifFound(aws.s3.send(new HeadBucketCommand({ Bucket: name, ExpectedBucketOwner: account })));
  if (found !== undefined) return ok(`bucket ${name} is there for assets`);
  return error(
    `the bootstrap stack exists, but its bucket ${name} does not`,
    `Delete the bootstrap stack (CDKToolkit) and run npx cdk bootstrap aws://${account}/${region}`,
  );
}
