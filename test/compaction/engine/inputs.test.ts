/** What was downloaded of a batch becomes its inputs: what is said of each object. */
import type { Loaded } from '../../../lambda/compaction/download/loader';
import { checkInputs, type Sources } from '../../../lambda/compaction/engine/inputs';
import { type ParquetEngine, upToTooMuch } from '../../../lambda/compaction/engine/parquet-input';
import type { EngineSession } from '../../../lambda/compaction/engine/session';
import { testDataset } from '../support/test-dataset';
import { TestEngine } from '../support/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());

const DATASET = testDataset({ input: { formats: ['ndjson', 'parquet'] } });
const SEGMENTS = [{ path: 'lines-0', runs: [] }];
type Outcome = Loaded['objects'][number];
const pinned = (id: number) => ({ key: `raw/events/${id}`, etag: `"${id}"`, size: 10 + id, versionId: `v${id}` });
const NOTHING = { accepted: 0, rejected: [], localBytes: 0, unknownFields: [], otherUnknownFields: 0 };
/** Objects in their order, as the loader tells them. */
const loaded = (...outcomes: readonly Partial<Outcome>[]): Loaded => ({
  objects: outcomes.map((outcome, id) => {
    const { versionId, ...object } = pinned(id);
    return { status: 'taken', id, ...NOTHING, versionId, ...outcome, object: { ...object, lastModified: new Date(0) } };
  }) as unknown as Loaded['objects'],
  refused: [],
  segments: SEGMENTS,
  complete: true,
});
const parquet = async (columns: string): Promise<Partial<Outcome>> => ({
  parquet: await engine.parquet(`SELECT 'p' AS id, TIMESTAMP '2026-06-15' AS "at", ${columns}`),
});

test('each object is pinned as it was listed, with what became of its rows; what is unknown in any is told of all', async () => {
  const bytes = Buffer.from('{"id":1}no json');
  const line = { line: 2, reason: 'why', raw: new Uint8Array(bytes.buffer, bytes.byteOffset + 8, 7) };
  const unknown = (name: string) => ({ name, count: 1, similarTo: undefined });
  const sources = (await checkInputs(
    engine.session,
    DATASET,
    loaded(
      { accepted: 3, rejected: [line], unknownFields: [unknown('a')], otherUnknownFields: 2 },
      { status: 'unreadable', reason: 'not gzip' },
      await parquet('i::BIGINT AS n, 1 AS more FROM (VALUES (7), (3000000000)) t(i)'),
      await parquet(`TIMESTAMP '2026-06-15' AS n`),
      { accepted: 1, unknownFields: [unknown('b')], otherUnknownFields: 3 },
    ),
  )) as Sources;
  expect(sources.inputs).toEqual([
    { ...pinned(0), accepted: 3, rejected: [{ ...line, raw: Buffer.from('no json') }] },
    { ...pinned(1), accepted: 0, rejected: [], unreadable: 'not gzip' },
    {
      ...pinned(2),
      accepted: 1,
      rejected: [
        {
          line: 2,
          reason: 'n: 3000000000 (INT64 INT_64) does not fit an int exactly',
          raw: Buffer.from('{"id":"p","at":"2026-06-15 00:00:00","n":3000000000,"more":1}'),
        },
      ],
    },
    {
      ...pinned(3),
      accepted: 0,
      rejected: [],
      unreadable: expect.stringMatching(/^column n: the file has INT64 TIMESTAMP/),
    },
    { ...pinned(4), accepted: 1, rejected: [] },
  ]);
  expect(sources.unknownFields).toEqual([unknown('a'), { ...unknown('more'), count: 2 }, unknown('b')]);
  expect(sources.otherUnknownFields).toBe(5);
  expect(sources.segments).toBe(SEGMENTS);
  expect(sources.parquet.map(({ key, etag }) => [key, etag])).toEqual([['raw/events/2', '"2"']]);
});

test('of undeclared columns of Parquet 100 are told by name, and of the others how often they occurred', async () => {
  const names = Array.from({ length: 103 }, (_, index) => `x${index}`);
  const wide = await parquet(`1::INT AS n, ${names.map((name) => `0 AS ${name}`).join(', ')} FROM range(2)`);
  const sources = (await checkInputs(engine.session, DATASET, loaded({ otherUnknownFields: 1 }, wide))) as Sources;
  expect(sources.unknownFields.map(({ name, count }) => [name, count])).toEqual(
    names.slice(0, 100).map((name) => [name, 2]),
  );
  expect(sources.otherUnknownFields).toBe(1 + 3 * 2);
});

test('an error of the machine makes no object unreadable', async () => {
  const full: ParquetEngine = {
    rows: async () => {
      throw new Error('Out of Memory Error: told so');
    },
  };
  await expect(checkInputs(full as EngineSession, DATASET, loaded(await parquet('1 AS n')))).rejects.toThrow('told so');
});

test('the texts of rejected rows are read only as far as their bytes fit in memory, however few characters these are', async () => {
  const rows = `SELECT i AS line, repeat(repeat('é', 1024), 20480) AS raw FROM range(3) t(i)`;
  expect((await upToTooMuch(engine.session, rows, 9)).map(({ line }) => Number(line))).toEqual([0, 1]);
});
