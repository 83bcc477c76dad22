import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { page } from '../../../test/docs/pages';
import { datasetByName, datasets } from '../../../test/fixtures/datasets';
import dev from '../../../test/fixtures/stages/dev';
import { parseStage } from '../../../test/support/extensions';
import { ask } from '../../smoke/athena';
import { answersOf, chosenChecks, runChecks, Skipped, type SmokeCheck } from '../../smoke/check';
import { CHECKS } from '../../smoke/checks';
import { destroyChecks } from '../../smoke/destroy';
import { main } from '../../smoke/main';
import { ifDeployed } from '../../smoke/not-deployed';
import { markdownOf, planLines, reportOf, updatedProof } from '../../smoke/report';
import { usableDataset } from '../../smoke/reserve';
import { Terminal } from '../../terminal';
import { standIn } from './stand-in';

const settings = parseStage(dev);
const check = (id: string, run: SmokeCheck['run'], more: Partial<SmokeCheck> = {}): SmokeCheck => ({
  ...{ id, proves: id, answers: { [id]: ['all of it'] }, permissions: [], run },
  ...more,
});
const good = async (): Promise<string> => 'fine';
const bad = async (): Promise<string> => {
  throw new Error('broken');
};
const place = { stage: 'dev', region: 'eu-central-1', isEmulated: false, at: '2026-01-01T00:00:00.000Z' };

test('a check that fails stops those that need it, and no other', async () => {
  const skips = async (): Promise<string> => {
    throw new Skipped('not today');
  };
  const checks = [check('a', bad), check('b', good, { needs: ['a'] }), check('c', good), check('d', skips)];
  const outcomes = await runChecks(checks, standIn({}));
  expect(outcomes.map(({ result, detail }) => [result, detail])).toEqual([
    ['failed', 'broken'],
    ['skipped', 'needs a, which did not pass'],
    ['passed', 'fine'],
    ['skipped', 'not today'],
  ]);
});

test('what an emulator cannot answer is skipped there with the reason, and runs elsewhere', async () => {
  const one = check('a', good, { notEmulated: 'no such thing' });
  expect(await runChecks([one], { ...standIn({}), isEmulated: true })).toMatchObject([
    { result: 'skipped', detail: 'no such thing' },
  ]);
  expect(await runChecks([one], standIn({}))).toMatchObject([{ result: 'passed' }]);
});

test('a part of a row is proven when each check that looks at it passed, and never by an emulator', async () => {
  const checks = [
    check('a', good, { answers: { x: ['one'], y: ['two'] } }),
    check('b', bad, { answers: { y: ['two', 'three'] } }),
    check('c', good, { answers: (stage) => ({ x: stage.name === 'dev' ? ['four'] : ['five'] }) }),
  ];
  const outcomes = await runChecks(checks, standIn({}));
  expect(reportOf(place, outcomes, checks, settings)).toMatchObject({
    proven: [
      { row: 'x', part: 'one' },
      { row: 'x', part: 'four' },
    ],
    counts: { passed: 2, failed: 1, skipped: 0 },
  });
  const first = reportOf(place, outcomes.slice(0, 1), checks, settings); // with --only a
  expect(first.proven).toEqual([{ row: 'x', part: 'one' }]);
  expect(reportOf({ ...place, isEmulated: true }, outcomes, checks, settings).proven).toEqual([]);
});

test('the page of proofs loses what held, and nothing else, however often', async () => {
  const proof = page('docs/proof.md').text;
  const all = CHECKS.map((one) => ({ ...one, run: good, needs: [] }));
  const report = reportOf(place, await runChecks(all, standIn({})), all, settings);
  const updated = updatedProof(proof, report);
  const struck = [...updated.matchAll(/~~(.+?)~~ \(held on 2026-01-01, eu-central-1\)/g)].map(([, part]) => part);
  expect(struck.sort()).toEqual(report.proven.map(({ part }) => part).sort());
  expect(updated.replace(/~~(.+?)~~ \(held on [^)]+\)/g, '$1')).toBe(proof);
  expect(updatedProof(updated, report)).toBe(updated);
  expect(updatedProof(proof, { ...report, proven: [] })).toBe(proof);
});

test('the report keeps its table whatever the answers hold', async () => {
  const checks = [check('a', async () => 'one|two\nthree')];
  const text = markdownOf(reportOf(place, await runChecks(checks, standIn({})), checks, settings));
  expect(text).toContain('| `a` | passed | a | one\\|two three |');
});

test('every check answers what docs/proof.md calls not proven, word by word; it names permissions, and others before it', () => {
  const open = new Map(
    [...page('docs/proof.md').text.matchAll(/^\| ([^|]+?) \|.*\| ?([^|]*?) ?\|$/gm)].map(
      ([, first = '', last = '']) => [first.replaceAll('`', ''), last],
    ),
  );
  for (const [index, one] of CHECKS.entries()) {
    const { id, permissions, needs = [] } = one;
    const before = CHECKS.slice(0, index).map((other) => other.id);
    const unknown = Object.entries(answersOf(one, settings)).flatMap(([row, parts]) =>
      parts.filter((part) => open.get(row)?.includes(part) !== true).map((part) => `${row}: ${part}`),
    );
    expect({ id, unknown, permissions: permissions.length > 0 }).toEqual({ id, unknown: [], permissions: true });
    expect(before).toEqual(expect.arrayContaining([...needs]));
  }
  expect(CHECKS.flatMap((one) => Object.keys(answersOf(one, settings))).length).toBeGreaterThan(5);
  expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
});

test('all checks together cost less than two dollars, which the plan says', () => {
  const [first = ''] = planLines(CHECKS, settings);
  const [, total = ''] = /about \$([\d.]+)/.exec(first) ?? [];
  expect(Number(total)).toBeGreaterThan(0);
  expect(Number(total)).toBeLessThan(2);
});

test('--only takes what the check needs as well', () => {
  expect(chosenChecks(CHECKS, ['alarm']).map(({ id }) => id)).toEqual(['poison', 'metrics', 'alarm']);
});

test('a dataset whose objects lie elsewhere, or are Parquet alone, is not used', () => {
  const orders = datasetByName('orders');
  const parquet = { ...orders, name: 'p', input: { ...orders.input, formats: ['parquet'] as const } };
  const layout = { ...orders, name: 'l', input: { ...orders.input, layout: '{yyyy}/{MM}/{dd}' } };
  expect(usableDataset([layout, parquet, orders], undefined).name).toBe('orders');
  expect(() => usableDataset([layout, orders], 'l')).toThrow(/layout of its own.*write one of orders/s);
  expect(() => usableDataset(datasets, 'nowhere')).toThrow(/no dataset "nowhere"/);
  expect(() => usableDataset([parquet], undefined)).toThrow(/declare one/);
});

describe('the command line', () => {
  const run = async (...args: readonly string[]) => {
    let text = '';
    const terminal = new Terminal({ write: (more: string) => (text += more) } as never, {});
    const code = await main(args, terminal, () => ({ stages: [settings], datasets }));
    return { code, text };
  };
  test('the stage is updated only when that is asked for', async () => {
    expect((await run('--stage', 'dev')).text).not.toMatch(/^ {2}update:/m);
    expect((await run('--stage', 'dev', '--update')).text).toMatch(/^ {2}update:/m);
  });
  test('without --yes tells the plan and the costs, and does nothing', async () => {
    const { code, text } = await run('--stage', 'dev');
    expect(code).toBe(3);
    expect(text).toMatch(/about \$[\d.]+ at list prices[\s\S]*functions: [\s\S]*write --yes/);
  });
  test('--destroy says what it would do, and does nothing without --yes', async () => {
    const { code, text } = await run('--stage', 'dev', '--destroy', 'dev');
    expect(code).toBe(3);
    expect(text).toMatch(/^Stage dev will be DESTROYED[\s\S]*write --yes/);
  });
  test.each([
    [[], /--stage/],
    [['--stage', 'nowhere'], /no stage "nowhere"/],
    [['--stage', 'dev', '--only', 'nothing'], /there is no "nothing"/],
    [['--stage', 'dev', '--dataset', 'nowhere'], /no dataset "nowhere"/],
    [['--stage', 'dev', '--only', 'update'], /add --update/],
    [['--stage', 'dev', '--destroy', 'prod', '--yes'], /names "prod", and --stage "dev"/],
  ])('%j is refused', async (args, message) => {
    await expect(run(...args)).rejects.toThrow(message);
  });
});

test('a stage that is deployed in part, or in another region, is told with what to do', async () => {
  const failing = (name: string, message: string) => Promise.reject(Object.assign(new Error(message), { name }));
  await expect(
    ifDeployed(failing('ValidationError', 'Stack with id lake-dev-access does not exist'), 'lake-dev-access', settings),
  ).rejects.toThrow(/lake-dev-access is not deployed here: npx cdk deploy -c stage=dev 'dev\/\*', .*AWS_REGION/);
  await expect(ifDeployed(failing('Throttling', 'Rate exceeded'), 'x', settings)).rejects.toThrow('Rate exceeded');
  await expect(ifDeployed(Promise.resolve(1), 'x', settings)).resolves.toBe(1);
  for (const message of ['WorkGroup lake-dev-analyst is not found.', 'WorkGroup lake-dev-analyst does not exist']) {
    const world = { answers: { StartQueryExecution: () => failing('InvalidRequestException', message) } };
    const { clients, until } = standIn(world);
    await expect(ask({ until }, clients.athena, { sql: 'SELECT 1', workgroup: 'lake-dev-analyst' })).rejects.toThrow(
      /no workgroup lake-dev-analyst in this region: deploy the query stack/,
    );
  }
  const other = { answers: { StartQueryExecution: () => failing('InvalidRequestException', 'Queries are too long') } };
  const stand = standIn(other);
  await expect(ask(stand, stand.clients.athena, { sql: '', workgroup: 'w' })).rejects.toThrow('Queries are too long');
});

test('docs/smoke.md has a row for each check', () => {
  const text = readFileSync(join(__dirname, '..', '..', '..', 'docs/smoke.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, id]) => id);
  // Those of the ingest tier are on a page of its own.
  const own = CHECKS.filter(({ asked }) => asked !== 'ingest');
  const destroying = destroyChecks({ cdk: async () => {}, open: async () => standIn({}) }, settings);
  expect(rows).toEqual([...own, ...destroying].map(({ id }) => id));
});
