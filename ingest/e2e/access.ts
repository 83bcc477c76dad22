import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { isRefused } from '../../e2e/access/people';
import { type Person, trustOfTheAccount } from '../../e2e/access/person';
import { type BucketName, LakeFiles } from '../../e2e/emulator/files';
import type { EmulatedLake } from '../../e2e/emulator/lake';
import type { Report } from '../../e2e/tools/report';
import { rawPrefix } from '../../lib/dataset';

const ZONES: readonly BucketName[] = ['raw', 'curated', 'quarantine', 'results', 'logs'];

/** The role of the ingest instances, with the policies that are deployed: it puts events, and that is all. */
export async function instanceScenarios(lake: EmulatedLake, person: Person, report: Report): Promise<void> {
  report.section('Instances of the ingest tier: what their role may do to the lake');
  const files = new LakeFiles(lake);
  const RoleName = await lake.physicalId('ingest', 'AWS::IAM::Role', 'InstanceRole');
  const iam = lake.client(IAMClient);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const arn = Role?.Arn ?? '';

  await report.check('nobody but EC2 takes on their role', async () => {
    if (!(await isRefused(() => person.take(arn)))) throw new Error('the role was taken on');
  });
  // EC2 hands out its credentials, which the emulator does not: from here on the account may take it on as well.
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trustOfTheAccount() }));
  const s3 = new S3Client(lake.configuration(await person.take(arn)));
  const put = (zone: BucketName, Key: string) => () =>
    s3.send(new PutObjectCommand({ Bucket: files.bucket(zone), Key, Body: '{}' }));

  await report.check('it puts events under the raw prefix of every dataset that takes them', async () => {
    const names = lake.datasets.filter(({ input }) => input.formats.includes('ndjson')).map(({ name }) => name);
    const refused: string[] = [];
    for (const name of names) if (await isRefused(put('raw', `${rawPrefix(name)}probe`))) refused.push(name);
    if (refused.length > 0) throw new Error(`It cannot put events of ${refused.join(', ')}`);
    for (const name of names) await files.delete('raw', `${rawPrefix(name)}probe`);
    return names.join(', ');
  });

  await report.check('it puts nothing anywhere else, and reads, lists and deletes nothing', async () => {
    const requests: [string, () => Promise<unknown>][] = [
      ['put beside the inbox', put('raw', 'probe')],
      ['put of an undeclared dataset', put('raw', `${rawPrefix('nobody')}probe`)],
      ...ZONES.flatMap((zone): [string, () => Promise<unknown>][] => {
        const Bucket = files.bucket(zone);
        const Key = `${rawPrefix('orders')}probe`;
        return [
          ...(zone === 'raw' ? [] : [[`put into ${zone}`, put(zone, Key)] as [string, () => Promise<unknown>]]),
          [`get from ${zone}`, () => s3.send(new GetObjectCommand({ Bucket, Key }))],
          [`delete from ${zone}`, () => s3.send(new DeleteObjectCommand({ Bucket, Key }))],
          [`list ${zone}`, () => s3.send(new ListObjectsV2Command({ Bucket }))],
        ];
      }),
    ];
    const allowed: string[] = [];
    for (const [name, send] of requests) if (!(await isRefused(send))) allowed.push(name);
    if (allowed.length > 0) throw new Error(`It may ${allowed.join(', ')}`);
    return `${requests.length} requests refused`;
  });
  s3.destroy();
}
