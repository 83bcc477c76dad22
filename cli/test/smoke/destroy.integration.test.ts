/** What `--destroy` looks at, on two lakes of this machine: one that is kept, and one that is deployed beside it. */
import '../../../test/fixtures/datasets/given';
import { DeleteObjectCommand, ListBucketsCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { createS3Client, openLake as lakeOf } from '../../../lambda/compaction/runtime/lake';
import { ALLOW_DATA_DELETION } from '../../../lib/constructs/removal';
import { datasetByName, datasets } from '../../../test/fixtures/datasets';
import dev from '../../../test/fixtures/stages/dev';
import { parseStage } from '../../../test/support/extensions';
import { compactLake } from '../../compact';
import { type LocalLake, openLake } from '../../lake';
import type { SmokeContext } from '../../smoke/context';
import { destroyStage } from '../../smoke/destroy';
import { deletesData } from '../../smoke/destroy/cdk';
import { refuseData } from '../../smoke/destroy/remains';
import { refuseUnlessMeant } from '../../smoke/destroy/run';
import { clean, reserve } from '../../smoke/reserve';
import type { OperatedLake } from '../../verbs/lake';
import { standIn } from './stand-in';

const orders = datasetByName('orders');
const locals: LocalLake[] = [];
const clients: S3Client[] = [];

beforeAll(async () => {
  for (let index = 0; index < 2; index++) {
    const local = await openLake();
    locals.push(local);
    clients.push(createS3Client(local.settings.s3));
  }
});

afterAll(async () => {
  for (const client of clients) client.destroy();
  for (const local of locals) await local.close();
});

/** What the CDK does wrong, for checks that have to see it. */
interface Faults {
  /** Destroys nothing. */
  readonly destroysNothing?: boolean;
  /** Deletes an object that should be kept, with all versions. */
  readonly deletesObject?: boolean;
  /** Deletes buckets that should be kept. */
  readonly deletesBuckets?: boolean;
  readonly deletesKey?: boolean;
  /** Gives the second deployment the buckets of the first. */
  readonly sharesBuckets?: boolean;
  /** The second lake compacts nothing. */
  readonly compactsNothing?: boolean;
  /** Keeps buckets, or the key, though both switches are set. */
  readonly keepsBuckets?: boolean;
  readonly keepsKey?: boolean;
  /** Takes the buckets that were kept along. */
  readonly takesKept?: boolean;
  readonly deployFails?: boolean;
}

/** An account with one stage, which the CDK deploys and destroys. */
function accountOf(faults: Faults) {
  const calls: string[] = [];
  let stacks = ['lake-dev-storage', 'lake-dev-compaction', 'lake-dev-eu-storage'];
  const keys = new Map([
    ['arn:key-0', 'Enabled'],
    ['arn:key-1', 'Enabled'],
  ]);
  const buckets = new Set(names(0));
  let deployed = 0;
  const cdk = async (command: 'deploy' | 'destroy', switches: readonly string[]): Promise<void> => {
    calls.push([command, ...switches].join(' '));
    if (command === 'deploy') {
      stacks = ['lake-dev-storage', 'lake-dev-eu-storage'];
      if (faults.deployFails === true) throw new Error('npx cdk deploy ended with 1');
      deployed = 1;
      for (const name of names(1)) buckets.add(name);
      return;
    }
    if (faults.destroysNothing === true) return;
    stacks = ['lake-dev-eu-storage'];
    if (deployed === 0) {
      if (faults.deletesObject === true) await deleteOne();
      if (faults.deletesBuckets === true) for (const name of names(0)) buckets.delete(name);
      if (faults.deletesKey === true) keys.set('arn:key-0', 'PendingDeletion');
      return;
    }
    if (faults.keepsBuckets !== true) for (const name of names(1)) buckets.delete(name);
    if (faults.takesKept === true) buckets.delete(names(0)[0] ?? '');
    if (faults.keepsKey !== true) keys.set('arn:key-1', 'PendingDeletion');
  };
  const open = async (): Promise<SmokeContext> => {
    const local = locals[deployed] as LocalLake;
    const which = faults.sharesBuckets === true ? 0 : deployed;
    const [raw = '', curated = '', quarantine = '', results = '', logs = ''] = names(which);
    const stand = standIn({
      answers: {
        DescribeStacks: { Stacks: stacks.map(stackOf) },
        DescribeKey: ({ KeyId }: { KeyId: string }) => ({ KeyMetadata: { KeyState: keys.get(KeyId) } }),
        DescribeLogGroups: { logGroups: [] },
        DescribeExecution: { status: 'SUCCEEDED' },
        StartExecution: async () => {
          if (deployed === 0 || faults.compactsNothing !== true) {
            await compactLake(local, orders, { update: () => {}, done: () => {} });
          }
          return { executionArn: 'arn:run' };
        },
      },
      outputs: {
        ...{ RawBucketName: raw, CuratedBucketName: curated, QuarantineBucketName: quarantine },
        ...{ ResultsBucketName: results, LogsBucketName: logs, DataKeyArn: `arn:key-${deployed}` },
      },
    });
    // The stacks as they are at the moment of the call.
    const cloudFormation = {
      send: async () => ({ Stacks: stacks.map(stackOf) }),
    };
    const s3 = clients[deployed] as S3Client;
    const lake: OperatedLake = {
      ...stand.lake,
      ...lakeOf(s3, local.settings.buckets),
      ...{ s3: accountWide(s3, buckets), settings: local.settings, datasets, place: { stage: 'dev' } },
      close: async () => {},
    };
    return {
      ...stand,
      lake,
      clients: { ...stand.clients, cloudFormation: cloudFormation as never, logs: stand.clients.logs },
      reserved: await reserve(lake, orders, datasets),
    };
  };
  return { cdk, open, calls };
}

/** As CloudFormation tells it, with the tags that the stacks of a stage have. */
const stackOf = (StackName: string) => ({
  ...{ StackName, StackStatus: 'CREATE_COMPLETE' },
  Tags: [
    { Key: 'lake', Value: 'lake' },
    { Key: 'stage', Value: StackName.startsWith('lake-dev-eu') ? 'dev-eu' : 'dev' },
  ],
});

/** Names of the five buckets of a deployment; three of them are on a loopback server each. */
const names = (deployed: number): readonly string[] =>
  ['raw', 'curated', 'quarantine', 'results', 'logs'].map((zone) => `${zone}-${deployed}`);
const ZONES: Readonly<Record<string, string>> = {
  raw: 'lake-raw',
  curated: 'lake-curated',
  quarantine: 'lake-quarantine',
};

/** S3 as a whole account has it: its list of buckets, and versions of those on the servers. */
const accountWide = (s3: S3Client, buckets: ReadonlySet<string>): S3Client =>
  ({
    send: async (command: { readonly input: { readonly Bucket?: string } }) => {
      if (command instanceof ListBucketsCommand) return { Buckets: [...buckets].map((Name) => ({ Name })) };
      const isOfServer = command.input.Bucket?.startsWith('lake-') === true;
      if (isOfServer || !(command instanceof ListObjectVersionsCommand)) return await s3.send(command as never);
      const [zone = '', deployed] = (command.input.Bucket ?? '').split('-');
      const Bucket = ZONES[zone];
      if (Bucket === undefined)
        return { Versions: [{ Key: 'some', VersionId: '1', ETag: '"1"', Size: 1, LastModified: new Date(0) }] };
      return await clients[Number(deployed)]?.send(new ListObjectVersionsCommand({ ...command.input, Bucket }));
    },
  }) as unknown as S3Client;

async function deleteOne(): Promise<void> {
  const [s3] = clients;
  const { Versions: [first] = [] } = (await s3?.send(new ListObjectVersionsCommand({ Bucket: 'lake-curated' }))) ?? {};
  await s3?.send(new DeleteObjectCommand({ Bucket: 'lake-curated', Key: first?.Key, VersionId: first?.VersionId }));
}

async function run(faults: Faults = {}) {
  const account = accountOf(faults);
  const first = await account.open();
  const contexts: SmokeContext[] = [first];
  const open = async (): Promise<SmokeContext> => {
    const context = await account.open();
    contexts.push(context);
    return context;
  };
  try {
    const { outcomes, left } = await destroyStage(first, { cdk: account.cdk, open });
    return {
      left,
      calls: account.calls,
      results: outcomes.map(({ check, result, detail }) => [check.id, result, detail]),
    };
  } finally {
    for (const context of contexts) await clean(context.lake, async () => {}, context.reserved.journal);
  }
}

test('a stage is destroyed and kept, deployed beside that, and destroyed with its data; what is left is listed', async () => {
  const { results, left, calls } = await run();
  expect(results).toEqual([
    ['destroy-keeps', 'passed', expect.stringMatching(/^\d+ versions in 5 buckets, with 200 rows/)],
    ['destroy-again', 'passed', expect.stringMatching(/^200 rows/)],
    ['destroy-all', 'passed', '5 buckets and the keys are gone'],
  ]);
  expect(calls).toEqual(['destroy', 'deploy allowDataDeletion=dev', 'destroy allowDataDeletion=dev']);
  expect(left).toEqual([
    ...names(0).map((name) =>
      expect.stringMatching(new RegExp(`^bucket ${name} with \\d+ versions of objects: .*delete-bucket`)),
    ),
    expect.stringMatching(/^key arn:key-0 \(Enabled\).*schedule-key-deletion --key-id arn:key-0$/),
    expect.stringMatching(/^key arn:key-1, which AWS deletes by itself/),
  ]);
});

test.each<[string, Faults, string, RegExp]>([
  ['stacks stay', { destroysNothing: true }, 'destroy-keeps', /stacks are still there: lake-dev-storage/],
  [
    'a version of an object goes',
    { deletesObject: true },
    'destroy-keeps',
    /1 versions of objects are gone, such as curated-0/,
  ],
  ['buckets go', { deletesBuckets: true }, 'destroy-keeps', /5 buckets are gone.*allowDataDeletion=dev/],
  ['the key goes', { deletesKey: true }, 'destroy-keeps', /PendingDeletion instead of Enabled/],
  ['it cannot be deployed again', { deployFails: true }, 'destroy-again', /cdk deploy ended with 1/],
  ['it takes the buckets that were kept', { sharesBuckets: true }, 'destroy-again', /raw-0.* of the stage before/],
  ['it does not compact', { compactsNothing: true }, 'destroy-again', /there was no empty inbox/],
  ['buckets stay', { keepsBuckets: true }, 'destroy-all', /raw-1.* are still there/],
  ['the key stays', { keepsKey: true }, 'destroy-all', /Enabled instead of PendingDeletion/],
  ['a bucket that was kept goes along', { takesKept: true }, 'destroy-all', /1 of the buckets that were kept/],
])('where %s, its check fails, and those after it do not run', async (_, faults, id, message) => {
  const { results, left } = await run(faults);
  const at = results.findIndex(([one]) => one === id);
  expect(results[at]).toEqual([id, 'failed', expect.stringMatching(message)]);
  expect(results.slice(at + 1).every(([, result]) => result === 'skipped')).toBe(true);
  expect(left.some((line) => line.startsWith('stack '))).toBe(
    faults.destroysNothing === true || id === 'destroy-again',
  );
});

test('a stage that holds rows is refused, and what compaction keeps beside rows is none', async () => {
  const context = await accountOf({}).open();
  const { store, buckets } = context.lake;
  try {
    await store.put(buckets.curated, 'plans/one.json', Buffer.from('{}'));
    await expect(refuseData(context)).resolves.toBeUndefined();
    for (const [bucket, key] of [
      [buckets.raw, 'raw/orders/x.json'],
      [buckets.raw, 'elsewhere.json'],
      [buckets.curated, 'data/orders/x.parquet'],
      [buckets.quarantine, 'lines/x'],
    ] as const) {
      const etag = await store.put(bucket, key, Buffer.from('x'));
      await expect(refuseData(context)).rejects.toThrow(
        `Stage dev holds data: ${key} in ${bucket}. Nothing was destroyed`,
      );
      await store.deleteMatching(bucket, [{ key, etag }]);
    }
  } finally {
    await clean(context.lake, async () => {}, context.reserved.journal);
  }
});

test('whoever destroys a stage names it twice, and the stage says that it may be', () => {
  const stage = parseStage({ ...dev, dataRemoval: 'delete' });
  expect(() => refuseUnlessMeant(stage, 'dev')).not.toThrow();
  expect(() => refuseUnlessMeant(stage, 'prod')).toThrow(/names "prod", and --stage "dev".*--destroy dev/s);
  expect(() => refuseUnlessMeant(stage, '')).toThrow(/names ""/);
  expect(() => refuseUnlessMeant(parseStage({ ...dev, dataRemoval: 'retain' }), 'dev')).toThrow(/keeps its data/);
  expect(deletesData('dev')).toBe(`${ALLOW_DATA_DELETION}=dev`);
});
