import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { dataPrefix, manifestKey } from '../../lib/dataset';
import { definition } from '../../test/dataset/helpers';
import { ndjsonText } from '../data/encode';
import { randomRows } from '../data/random-rows';
import { LakeFiles } from '../emulator/files';
import { type Credentials, withEmulatedLake } from '../emulator/lake';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { same } from './scenario';
import { type Asked, askAs, documentedPolicies, type Json, personWith, pick, SOURCE, succeeded } from './verb-people';

const DATASET = 'orders';
const PARTITION = 'tenant=acme/year=2026/month=06/day=15';
const ONE = ['--dataset', DATASET, '--partition', PARTITION];

/** The verbs of operators on a deployed stage, by people with the rights that the page gives them, and with less. */
export async function verbScenarios(supervisor: Supervisor, report: Report): Promise<void> {
  report.section('Verbs of `npm run lake`, with IAM enforced');
  await withEmulatedLake(supervisor, { auth: true }, async (lake) => {
    const files = new LakeFiles(lake);
    const [
      reading = [],
      running = [],
      changing = [],
      replaying = [],
      erasing = [],
      importing = [],
      retrying = [],
      comparing = [],
    ] = documentedPolicies(lake);
    const reader = await personWith(lake, 'reader', reading);
    const runner = await personWith(lake, 'runner', [...reading, ...running]);
    const writer = await personWith(lake, 'writer', [...reading, ...changing]);
    const onlooker = await personWith(lake, 'onlooker', [...reading, ...replaying]);
    const importer = await personWith(lake, 'importer', [...reading, ...importing]);
    const retrier = await personWith(lake, 'retrier', [...reading, ...retrying]);
    const comparer = await personWith(lake, 'comparer', comparing);
    const rebuilder = await personWith(lake, 'rebuilder', [...reading, ...changing, ...replaying]);
    const operator = await personWith(lake, 'operator', [...reading, ...running, ...changing]);
    const eraser = await personWith(lake, 'eraser', [...reading, ...running, ...changing, ...erasing]);
    const ask = (who: Credentials, ...args: readonly string[]) => askAs(supervisor, lake, who, ...args);

    await report.check('status and plan tell what waits, and the alarms, with the rights of a reader', async () => {
      await putOrder(files, 'one');
      const status = succeeded(await ask(reader, 'status', ...ONE, '--json'));
      same(status.lake, { stage: lake.settings.name }, 'lake');
      same(pick(status, 'datasets', 0, 'pending', 'objects'), 1, 'objects that wait');
      if (!Array.isArray(status.alarms)) throw new Error('there are no alarms in the answer');
      const plan = succeeded(await ask(reader, 'plan', '--json'));
      const planned = (plan.datasets as { dataset: string; compact: { partition: string }[] }[]).filter(
        ({ compact }) => compact.length > 0,
      );
      same(
        planned.map(({ dataset, compact }) => [dataset, ...compact.map(({ partition }) => partition)]),
        [[DATASET, PARTITION]],
        'what is planned',
      );
    });

    await report.check('compact starts a run and follows it to its end; a reader may not', async () => {
      const refused = await ask(reader, 'compact', '--dataset', DATASET, '--yes');
      same([refused.code, /needs states:StartExecution/.test(refused.stderr)], [2, true], 'what a reader is told');
      const before = await ask(runner, 'compact', '--dataset', DATASET, '--json');
      same(before.code, 3, 'code without --yes');
      const done = succeeded(await ask(runner, 'compact', '--dataset', DATASET, '--yes', '--json'));
      same(pick(done, 'run', 'status'), 'SUCCEEDED', 'status of the run');
      same(pick(done, 'left', 0, 'partitions'), 0, 'partitions that are left');
    });

    await report.check('verify finds nothing to complain about', async () => {
      const whole = succeeded(await ask(reader, 'verify', '--deep', '--json'));
      same(whole.findings, [], 'findings');
      same(pick(whole, 'looked', 'partitions'), 1, 'partitions');
    });

    await report.check(
      'restore goes back as a new commit; a reader may not, and plans alone change nothing',
      async () => {
        await putOrder(files, 'two');
        succeeded(await ask(runner, 'compact', '--dataset', DATASET, '--yes', '--json'));
        const versions = await versionsOf(await ask(reader, 'history', ...ONE, '--json'));
        const last = versions.at(-1);
        const go = (who: Credentials, ...more: readonly string[]) =>
          ask(who, 'restore', ...ONE, '--version', last?.version ?? '', '--json', ...more);
        same((await go(reader)).code, 3, 'code without --yes');
        const refused = await go(reader, '--yes');
        same([refused.code, /needs s3:\w+/.test(refused.stderr)], [2, true], 'what a reader is told');
        same((await versionsOf(await ask(reader, 'history', ...ONE, '--json'))).length, versions.length, 'versions');
        same(pick(succeeded(await go(writer, '--yes')), 'outcome'), 'restored', 'outcome');
        const [now] = await versionsOf(await ask(reader, 'history', ...ONE, '--json'));
        same(now?.rows, last?.rows, 'rows of the restored version');
        same(succeeded(await ask(reader, 'verify', '--json')).findings, [], 'findings after it');
        const [file = ''] = now?.files ?? [];
        await files.delete('curated', file);
        const broken = await ask(reader, 'verify', '--json');
        same(broken.code, 1, 'code of verify without the file');
        const [finding] = (JSON.parse(broken.stdout) as { findings: { kind: string; key: string }[] }).findings;
        same(
          [finding?.kind, finding?.key.startsWith(dataPrefix(DATASET, PARTITION))],
          ['file-missing', true],
          'finding',
        );
      },
    );

    await report.check(
      'replay brings back the file and the manifest that are lost; without its rights it says so',
      async () => {
        const replay = (who: Credentials, ...more: readonly string[]) => ask(who, 'replay', ...ONE, '--json', ...more);
        const planned = await replay(reader);
        same(planned.code, 3, 'code without --yes');
        const rows = pick(JSON.parse(planned.stdout), 'partitions', 0, 'recorded', 'out');
        await files.delete('curated', manifestKey(DATASET, PARTITION));
        const refused = await replay(onlooker, '--yes');
        same([refused.code, /needs s3:\w+/.test(refused.stderr)], [2, true], 'who may not write the table');
        const unread = await replay(writer, '--yes');
        same(
          [unread.code, /needs s3:GetObjectVersion/.test(unread.stderr)],
          [2, true],
          'who may not read versions of raw',
        );
        const done = succeeded(await replay(rebuilder, '--yes'));
        same(pick(done, 'partitions', 0, 'rows', 'out'), rows, 'rows that are back');
        same(succeeded(await ask(reader, 'verify', '--deep', '--json')).findings, [], 'findings after it');
        const [now] = await versionsOf(await ask(reader, 'history', ...ONE, '--json'));
        same(now?.rows, rows, 'rows of the table');
      },
    );

    await report.check(
      'erase removes a key from what waits and from quarantine, and a replay leaves it out; without its rights it says so',
      async () => {
        const rows = randomRows(files.dataset(DATASET), PARTITION, 2, 99);
        const key = 'r99-000001';
        const body = Buffer.from(ndjsonText(files.dataset(DATASET), rows));
        await files.putRaw(files.dataset(DATASET), PARTITION, { name: 'three.json', body });
        const line = Buffer.from(`${JSON.stringify({ order_id: key, ordered_at: 'yesterday' })}\n`);
        await files.putRaw(files.dataset(DATASET), PARTITION, { name: 'bad.json', body: line });
        const erase = (who: Credentials, ...more: readonly string[]) =>
          ask(who, 'erase', '--dataset', DATASET, '--column', 'order_id', '--key', key, '--json', ...more);
        same((await erase(reader)).code, 3, 'code without --yes');
        const refused = await erase(operator, '--yes');
        same([refused.code, /needs s3:PutObject/.test(refused.stderr)], [2, true], 'who may not keep the record');
        const done = succeeded(await erase(eraser, '--yes'));
        same([done.rows, done.quarantinedLines, done.left], [1, 1, []], 'what is erased');
        same((await files.get('curated', String(done.record))).includes(key), false, 'whether the record has the key');
        const replayed = succeeded(await ask(rebuilder, 'replay', ...ONE, '--json', '--yes'));
        same(pick(replayed, 'partitions', 0, 'erased'), 2, 'rows and lines that a replay leaves out');
        const again = succeeded(await erase(eraser, '--yes'));
        same([again.rows, again.quarantinedLines, again.left], [0, 0, []], 'what a second erase finds');
        same(succeeded(await ask(reader, 'verify', '--deep', '--json')).findings, [], 'findings after it');
      },
    );

    await report.check(
      'quarantine shows reasons to a reader, and puts lines and objects back for who may',
      async () => {
        const dataset = files.dataset(DATASET);
        const bad = Buffer.from('{"no":"order"}\n');
        await files.putRaw(dataset, PARTITION, { name: 'bad.json', body: bad });
        await files.putRaw(dataset, PARTITION, { name: 'torn.json.gz', body: Buffer.from([0x1f, 0x8b, 8, 0]) });
        succeeded(await ask(runner, 'compact', '--dataset', DATASET, '--yes', '--json'));
        const shown = succeeded(await ask(reader, 'quarantine', ...ONE, '--json'));
        const reasons = pick(shown, 'datasets', 0, 'reasons') as readonly { lines: number; objects: number }[];
        same(
          reasons.map(({ lines, objects }) => [lines, objects]).sort(),
          [
            [0, 1],
            [1, 0],
          ],
          'lines and objects by reason',
        );
        const planned = await ask(reader, 'quarantine', ...ONE, '--retry', '--json');
        same(planned.code, 3, 'code without --yes');
        const refused = await ask(reader, 'quarantine', ...ONE, '--retry', '--yes');
        same([refused.code, /needs s3:\w+/.test(refused.stderr)], [2, true], 'what a reader is told');
        const done = succeeded(await ask(retrier, 'quarantine', ...ONE, '--retry', '--yes', '--json'));
        same(pick(done, 'datasets', 0, 'retry'), { lines: 1, objects: 1, left: [] }, 'what was put back');
        same(
          succeeded(await ask(reader, 'quarantine', ...ONE, '--json')).datasets,
          [{ dataset: DATASET, reasons: [], retry: null }],
          'what is left in quarantine',
        );
        const waiting = succeeded(await ask(reader, 'status', ...ONE, '--json'));
        same(pick(waiting, 'datasets', 0, 'pending', 'objects'), 2, 'objects that wait');
        succeeded(await ask(runner, 'compact', '--dataset', DATASET, '--yes', '--json'));
        const again = succeeded(await ask(reader, 'quarantine', ...ONE, '--json'));
        same((pick(again, 'datasets', 0, 'reasons') as readonly unknown[]).length, 2, 'reasons after another run');
      },
    );

    await report.check('import copies a bucket once, and goes on with what is new; a reader may not', async () => {
      const s3 = lake.client(S3Client);
      await s3.send(new CreateBucketCommand({ Bucket: SOURCE }));
      const dataset = files.dataset(DATASET);
      const put = async (name: string): Promise<void> => {
        const Body = ndjsonText(dataset, randomRows(dataset, PARTITION, ++seed, 2));
        await s3.send(new PutObjectCommand({ Bucket: SOURCE, Key: `old/${PARTITION}/${name}.json`, Body }));
      };
      await put('a');
      await put('b');
      const go = (who: Credentials, ...more: readonly string[]) =>
        ask(who, 'import', '--dataset', DATASET, '--source', `s3://${SOURCE}/old`, '--json', ...more);
      same((await go(importer)).code, 3, 'code without --yes');
      const refused = await go(reader, '--yes');
      same([refused.code, /needs s3:\w+/.test(refused.stderr)], [2, true], 'what a reader is told');
      same(pick(succeeded(await go(importer, '--yes')), 'objects'), 2, 'objects copied');
      succeeded(await ask(runner, 'compact', '--dataset', DATASET, '--yes', '--json'));
      await put('c');
      const second = succeeded(await go(importer, '--yes'));
      same([second.objects, pick(second, 'importedInAll', 'objects')], [1, 3], 'objects of the second run, and in all');
    });

    await report.check('maintain merges, and vacuum lists what a reader may see and changes nothing', async () => {
      const refused = await ask(reader, 'maintain', '--dataset', DATASET, '--yes');
      same([refused.code, /needs states:StartExecution/.test(refused.stderr)], [2, true], 'what a reader is told');
      const done = succeeded(await ask(runner, 'maintain', '--dataset', DATASET, '--yes', '--json'));
      same(pick(done, 'run', 'status'), 'SUCCEEDED', 'status of the run');
      const listed = succeeded(await ask(reader, 'vacuum', ...ONE, '--dry-run', '--json'));
      same(listed.deleted, null, 'objects that a dry run deletes');
      if (!Array.isArray(listed.objects) || listed.objects.length === 0) throw new Error('there is nothing to vacuum');
      const again = succeeded(await ask(reader, 'vacuum', ...ONE, '--dry-run', '--json'));
      const keys = (answer: Json) => (answer.objects as readonly { readonly key: string }[]).map(({ key }) => key);
      same(keys(again), keys(listed), 'objects of the second dry run');
      same(succeeded(await ask(reader, 'verify', '--json')).findings, [], 'findings after it');
    });

    await report.check(
      'diff finds nothing at first, then what a change would take; without a right it says so',
      async () => {
        const diff = (who: Credentials, folder: string) => ask(who, 'diff', '--assembly', folder, '--json');
        const { folder } = lake.assembly;
        const none = succeeded(await diff(comparer, folder));
        same([none.changes, none.resources], [[], []], 'changes of what is deployed');
        const deletable = await lake.synthesize({
          stage: { dataRemoval: 'delete' },
          context: { allowDataDeletion: lake.settings.name },
        });
        const found = await diff(comparer, deletable.folder);
        const resources = JSON.parse(found.stdout).resources as readonly Loss[];
        const buckets = resources.filter(
          ({ type, change }) => type === 'AWS::S3::Bucket' && change.kind === 'unprotected',
        );
        same(found.code, 1, 'code');
        same(
          buckets.some(({ name }) => name === lake.output('storage', 'RawBucketName')),
          true,
          'the raw bucket among those that lose their protection',
        );
        const refused = await diff(reader, folder);
        same(
          [refused.code, /needs cloudformation:GetTemplate/.test(refused.stderr)],
          [2, true],
          'what a reader is told',
        );
        await lake.deploy(await lake.synthesize({ datasets: [EXTRA] }), [`${lake.settings.name}/Catalog`]);
        const renamed = await diff(comparer, folder);
        const { changes, resources: tables } = JSON.parse(renamed.stdout) as {
          readonly changes: readonly { readonly dataset: string; readonly rule: string }[];
          readonly resources: readonly Loss[];
        };
        same(
          changes.map(({ dataset, rule }) => [dataset, rule]),
          [[EXTRA.name, 'dataset-removed']],
          'datasets that are gone',
        );
        same(
          tables.map(({ type, change }) => [type, change.kind]),
          [
            ['AWS::Glue::Table', 'deleted'],
            ['AWS::Glue::Table', 'deleted'],
          ],
          'tables that are gone',
        );
      },
    );

    for (const action of ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetObject', 's3:GetObjectVersion']) {
      await report.check(`a reader without ${action} is told so`, async () => {
        const less = reading.map((one) => ({ ...one, Action: [one.Action].flat().filter((own) => own !== action) }));
        const who = await personWith(
          lake,
          `without-${action.slice(3)}`,
          less.filter(({ Action }) => Action.length > 0),
        );
        const answers = await Promise.all([ask(who, 'status', ...ONE), ask(who, 'history', ...ONE)]);
        const told = answers.filter(({ code, stderr }) => code === 2 && /needs s3:\w+/.test(stderr));
        if (told.length === 0) throw new Error(answers.map(({ code, stderr }) => `${code} ${stderr}`).join('\n'));
      });
    }
  });
}

interface Loss {
  readonly type: string;
  readonly name: string | null;
  readonly change: { readonly kind: string };
}

/** A dataset that is deployed, and declared no more. */
const EXTRA = definition({
  name: 'extra',
  description: 'A dataset that somebody removes.',
});

let seed = 0;

async function putOrder(files: LakeFiles, name: string): Promise<void> {
  const dataset = files.dataset(DATASET);
  const rows = randomRows(dataset, PARTITION, ++seed, 3);
  await files.putRaw(dataset, PARTITION, { name: `${name}.json`, body: Buffer.from(ndjsonText(dataset, rows)) });
}

interface Version {
  readonly version: string;
  readonly rows: number;
  readonly files: readonly string[];
}

const versionsOf = async (asked: Asked): Promise<readonly Version[]> =>
  pick(succeeded(asked), 'partitions', 0, 'versions') as readonly Version[];
