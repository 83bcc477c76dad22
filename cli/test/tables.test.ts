import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { curatedTable, parseDataset, parseType, producerPath, rawTable, type TableDefinition } from '../../lib/dataset';
import { ATHENA_MINIMUM_BYTES } from '../../lib/prices';
import { datasetByName, datasets } from '../../test/fixtures/datasets';
import { testLake } from '../../test/support/cdk';
import { readable, resourcesOf } from '../../test/support/template';
import { BUCKETS } from '../lake';
import { QueryEngine } from '../tables/engine';
import { price } from '../tables/pricing';
import { projectedPartitions } from '../tables/projection';
import { tableFiles } from '../tables/table-files';
import { withTimestamps } from '../tables/text-timestamps';
import { zoneTables } from '../tables/views';
import { folderWith } from './support/folder';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await QueryEngine.open(folderWith());
});
afterAll(() => engine.close());

const logs = datasetByName('access_logs');
const curated = curatedTable(logs, { bucket: 'c' });
const raw = rawTable(logs, { bucket: 'r' });
const DAY = 'year=2026/month=06/day=15';
const MANIFEST = `c/manifests/access_logs/${DAY}/manifest`;
const uri = (name: string): string => `s3://c/data/access_logs/${DAY}/${name}`;

test('queries here go through the very tables that synth puts into the catalog', () => {
  const inTemplate = Object.fromEntries(
    Object.values(resourcesOf(readable(testLake().catalog), 'AWS::Glue::Table')).map(({ Properties }) => {
      const text = JSON.stringify(Properties.TableInput)
        .replaceAll('<lake-test-storage:Curated>', BUCKETS.curated)
        .replaceAll('<lake-test-storage:Raw>', BUCKETS.raw);
      return [`${Properties.DatabaseName}.${Properties.TableInput.Name}`, JSON.parse(text)];
    }),
  );
  for (const dataset of datasets) {
    for (const [database, table] of [
      ['<Curated>', zoneTables(dataset).curated],
      ['<Raw>', zoneTables(dataset).raw],
    ] as const) {
      const synthesized = inTemplate[`${database}.${dataset.name}`];
      const { Columns, Location, InputFormat, OutputFormat, SerdeInfo } = synthesized.StorageDescriptor;
      const columns = (list: readonly Record<string, string>[]) =>
        list.map(({ Name, Type, Comment }) => ({
          name: Name,
          type: Type,
          ...(Comment === undefined ? {} : { comment: Comment }),
        }));
      expect({
        name: synthesized.Name,
        description: synthesized.Description,
        columns: columns(Columns),
        partitionKeys: columns(synthesized.PartitionKeys),
        location: Location,
        inputFormat: InputFormat,
        outputFormat: OutputFormat,
        serializationLibrary: SerdeInfo.SerializationLibrary,
        serdeParameters: SerdeInfo.Parameters,
        parameters: synthesized.Parameters,
      }).toEqual(table);
    }
  }
});

describe('projection', () => {
  const withKeys = (keys: Record<string, string>, parameters: Record<string, string>): TableDefinition => ({
    ...raw,
    partitionKeys: Object.entries(keys).map(([name, type]) => ({ name, type })),
    parameters: {
      'projection.enabled': 'true',
      'storage.location.template': `s3://r/t/${Object.keys(keys)
        .map((name) => `${name}=\${${name}}/`)
        .join('')}`,
      ...parameters,
    },
  });
  const find = async (table: TableDefinition, ...folders: string[]): Promise<string[]> => {
    const root = folderWith(Object.fromEntries(folders.map((folder) => [`r/t/${folder}/x`, ''])));
    return (await projectedPartitions(table, root)).map(({ values }) => Object.values(values).join('/'));
  };

  test('an integer key matches inside its range, with its digits, on its interval', async () => {
    const range = { 'projection.m.type': 'integer', 'projection.m.range': '1,12' };
    const digits = { ...range, 'projection.m.digits': '2' };
    expect(await find(withKeys({ m: 'int' }, digits), 'm=00', 'm=01', 'm=1', 'm=12', 'm=13', 'm=xx', 'n=01')).toEqual([
      '01',
      '12',
    ]);
    expect(await find(withKeys({ m: 'int' }, range), 'm=01', 'm=1')).toEqual(['1']);
    expect(
      await find(withKeys({ m: 'int' }, { ...digits, 'projection.m.interval': '3' }), 'm=01', 'm=02', 'm=04'),
    ).toEqual(['01', '04']);
  });

  test('enum, date and injected keys', async () => {
    const table = withKeys(
      { t: 'string', d: 'string', i: 'string' },
      {
        'projection.t.type': 'enum',
        'projection.t.values': 'a,b',
        'projection.d.type': 'date',
        'projection.d.format': 'yyyy-MM-dd',
        'projection.d.range': '2026-01-01,2026-01-31',
        'projection.i.type': 'injected',
      },
    );
    const folders = ['t=a/d=2026-01-31/i=x', 't=c/d=2026-01-31/i=x', 't=b/d=2026-02-01/i=x', 't=b/d=2026-1-1/i=x'];
    expect(await find(table, ...folders)).toEqual(['a/2026-01-31/x']);
  });

  test('predicates choose partitions, and those outside of the projected range are never seen', async () => {
    const root = folderWith({
      [`r/raw/access_logs/${DAY}/x`]: '',
      'r/raw/access_logs/year=2026/month=06/day=16/x': '',
      'r/raw/access_logs/year=2014/month=06/day=16/x': '',
    });
    expect(await projectedPartitions(raw, root)).toHaveLength(2);
    expect((await projectedPartitions(raw, root, { day: '16' })).map(({ values }) => values)).toEqual([
      { year: '2026', month: '06', day: '16' },
    ]);
    expect(await projectedPartitions(raw, join(root, 'no such folder'))).toEqual([]);
  });

  test.each([
    [
      'AWSLogs/{account}/CloudTrail/{region}/{yyyy}/{MM}/{dd}/',
      'day',
      'account=0123/region=eu-west-1/year=2026/month=06/day=05',
    ],
    ['{yyyy}{MM}{dd}{HH}/', 'hour', 'year=2026/month=06/day=05/hour=07'],
    ['{yyyy}/{MM}/{dd}/{HH}/', 'day', 'year=2026/month=06/day=05'],
    ['y{yyyy}/m{M}/', 'month', 'month=6/year=2026'],
    ['r-{region}/dt={yyyy}-{MM}-{dd}/', 'dt', 'dt=2026-06-05/region=eu-west-1'],
    ['*/{yyyy}/{MM}/{dd}/', 'day', ''],
  ])('raw tables find the objects of the layout %s', async (layout, scheme, expected) => {
    const leading = layout.includes('{region}') ? [{ name: 'region', kind: 'injected' as const }] : [];
    const of = parseDataset({
      name: 'events',
      description: 'Laid out.',
      columns: [
        { name: 'at', type: 'timestamp', notNull: true },
        { name: 'account', type: 'string' },
      ],
      partition: { scheme: scheme as 'day', from: '2026-01-01', to: '2026-12-31', leading },
      eventTime: 'at',
      input: { formats: ['ndjson'], layout },
    });
    const path = producerPath(of, new Date('2026-06-05T07:00:00Z'), { account: '0123', region: 'eu-west-1' });
    const root = folderWith({ [`r/raw/events/${path}more/x.json`]: '', 'r/raw/events/other/2031/x': '' });
    const table = rawTable(of, { bucket: 'r' });
    const [partition, ...others] = await tableFiles(table, root);
    expect(others).toEqual([]);
    const values = Object.entries(partition?.values ?? {}).map((entry) => entry.join('='));
    expect(values.sort()).toEqual(expected.split('/').filter(Boolean).sort());
    expect(partition?.files).toContain(join(root, `r/raw/events/${path}more/x.json`));
  });

  test.each([
    [{ 'projection.enabled': 'false' }, 'projection.enabled must be "true"'],
    [{ 'projection.k.type': 'integer' }, 'range must be "from,to", but got "undefined"'],
    [{}, 'missing projection configuration'],
    [{ 'projection.k.type': 'enum' }, 'enum without values'],
    [{ 'projection.k.type': 'random' }, 'projection type "random" is not understood'],
    [{ 'projection.k.type': 'date', 'projection.k.format': 'yyyy' }, 'only the format yyyy-MM-dd is understood'],
    [{ 'projection.k.type': 'injected', 'storage.location.template': 's3://r/t/' }, 'must hold a placeholder for "k"'],
  ])('%j fails as Athena does', async (parameters, message) => {
    await expect(find(withKeys({ k: 'string' }, parameters as Record<string, string>), 'k=1')).rejects.toThrow(message);
  });
});

describe('symlink manifests', () => {
  const read = async (files: Record<string, string>) => {
    const root = folderWith(files);
    const found = await tableFiles(curated, root);
    return found.map(({ files: paths, manifestBytes }) => [
      ...paths.map((path) => path.slice(path.lastIndexOf('/') + 1)),
      manifestBytes,
    ]);
  };
  const data = { [`c/data/access_logs/${DAY}/a b=1%20+ü.parquet`]: '', [`c/data/access_logs/${DAY}/b.parquet`]: '' };
  const lines = `${uri('a b=1%20+ü.parquet')}\n${uri('b.parquet')}`;

  test.each([
    [
      'several lines',
      { ...data, [MANIFEST]: `${lines}\n` },
      [['a b=1%20+ü.parquet', 'b.parquet', Buffer.byteLength(lines) + 1]],
    ],
    [
      'no final newline',
      { ...data, [MANIFEST]: lines },
      [['a b=1%20+ü.parquet', 'b.parquet', Buffer.byteLength(lines)]],
    ],
    ['an empty manifest', { ...data, [MANIFEST]: '' }, []],
    ['no manifest', data, []],
    [
      'a URI twice',
      { ...data, [MANIFEST]: `${uri('b.parquet')}\n${uri('b.parquet')}\n` },
      [['b.parquet', 'b.parquet', 2 * uri('b.parquet').length + 2]],
    ],
    [
      'a second object and one in a sub-folder are read too, hidden ones are not',
      {
        ...data,
        [MANIFEST]: uri('b.parquet'),
        [`${MANIFEST}2`]: uri('b.parquet'),
        [`${dirname(MANIFEST)}/sub/manifest`]: uri('b.parquet'),
        [`${dirname(MANIFEST)}/_tmp`]: 'rubbish',
        [`${dirname(MANIFEST)}/.crc`]: 'rubbish',
      },
      [['b.parquet', 'b.parquet', 'b.parquet', 3 * uri('b.parquet').length]],
    ],
  ])('%s', async (_, files, expected) => {
    expect(await read(files as Record<string, string>)).toEqual(expected);
  });

  test.each([
    ['a lone newline', '\n', 'blank line'],
    ['a blank line', `${uri('b.parquet')}\n\n${uri('b.parquet')}\n`, 'blank line'],
    ['a listed file that is missing', uri('gone.parquet'), 'gone.parquet, which is not there'],
    ['a listed file with a hidden name', uri('_b.parquet'), '_b.parquet, which is not there'],
    ['something that is not a URI', 'b.parquet', 'must be an s3:// URI'],
  ])('%s fails the query', async (_, manifest, message) => {
    await expect(read({ ...data, [`c/data/access_logs/${DAY}/_b.parquet`]: '', [MANIFEST]: manifest })).rejects.toThrow(
      message,
    );
  });
});

describe('bytes that a query must read', () => {
  const FILE = join(folderWith(), 'three row groups.parquet');
  const bytes = (columns: string[], ranges = {}) => engine.parquetBytes([FILE], { columns, ...ranges });
  const range = (column: string, type: string, from: string, to = from) => ({ ranges: [{ column, type, from, to }] });

  beforeAll(async () => {
    // Every value differs: no dictionaries and no Bloom filters, so chunks and footer are all there is in the file.
    await engine.run(`COPY (SELECT range AS id, TIMESTAMP '2026-06-15' + INTERVAL (range) SECOND AS at, md5(range::VARCHAR) AS code,
      {'a': range * 7, 'b': [range * 11]} AS nested FROM range(6144)) TO '${FILE}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  });

  const footer = (): number => {
    const file = readFileSync(FILE);
    expect(file.subarray(-4).toString()).toBe('PAR1');
    return file.readUInt32LE(file.length - 8) + 8;
  };

  test('of all columns are the whole file but its magic number; of none, the footer', async () => {
    expect(await bytes(['id', 'at', 'code', 'nested'])).toBe(statSync(FILE).size - 4);
    expect(await bytes([])).toBe(footer());
    expect(await engine.parquetBytes([FILE, FILE], { columns: [] })).toBe(2 * footer());
    expect(await engine.parquetBytes([], { columns: ['id'] })).toBe(0);
  });

  test('add up by column, nested ones with all their leaves', async () => {
    const chunks = async (...columns: string[]): Promise<number> => (await bytes(columns)) - footer();
    const [id, at, code, nested] = [
      await chunks('id'),
      await chunks('at'),
      await chunks('code'),
      await chunks('nested'),
    ];
    expect(id).toBeGreaterThan(0);
    expect(nested).toBeGreaterThan(id);
    expect(await chunks('id', 'at', 'code', 'nested')).toBe(id + at + code + nested);
  });

  test('leave out the row groups that minima and maxima rule out', async () => {
    const all = (await bytes(['code'])) - footer();
    const chunks = async (...args: Parameters<typeof range>) => (await bytes(['code'], range(...args))) - footer();
    const groups = [
      await chunks('id', 'BIGINT', '0'),
      await chunks('id', 'BIGINT', '2048'),
      await chunks('id', 'BIGINT', '6143'),
    ];
    expect(groups.every((group) => group > 0 && group < all / 2)).toBe(true);
    expect(groups.reduce((sum, group) => sum + group)).toBe(all);
    expect(await chunks('id', 'BIGINT', '2047', '2048')).toBe((groups[0] ?? 0) + (groups[1] ?? 0));
    expect(await chunks('id', 'BIGINT', '6144')).toBe(0);
    expect(await chunks('at', 'TIMESTAMP', "TIMESTAMP '2026-06-15 00:00:01'")).toBe(groups[0]);
    // Text is random: its range is that of every group.
    expect(await chunks('code', 'VARCHAR', "'8'")).toBe(all);
  });

  test('cost what Athena charges, with its minimum', () => {
    expect(price(1e12)).toEqual({ billed: 5, byBytes: 5, minimum: false });
    expect(price(ATHENA_MINIMUM_BYTES)).toMatchObject({ billed: 0.00005, minimum: false });
    expect(price(1e6)).toEqual({ billed: 0.00005, byBytes: 0.000005, minimum: true });
  });
});

describe('views', () => {
  const rows = async (table: TableDefinition, files: Record<string, string | Buffer>, select: string, where = {}) => {
    const root = folderWith(files);
    await engine.createView('v', table, await tableFiles(table, root, where));
    return await engine.rows(`SELECT ${select} FROM v ORDER BY ALL`);
  };

  test('JSON: timestamps as the text that came, any compression, a malformed line as no values', async () => {
    const files = {
      [`r/raw/access_logs/${DAY}/odd [1]*?.json`]:
        '{"event_id":"a","event_time":"2026-06-15T10:00:00.1239+02:00"}\nnot JSON\n{"event_id":"b","event_time":1750000000123}\n',
      [`r/raw/access_logs/${DAY}/z.json.gz`]: gzipSync(
        '{"event_id":"c","event_time":"2026-06-15 10:00:00","unknown":1}\n',
      ),
    };
    expect(await rows(raw, files, 'event_id, event_time, year, month, day')).toEqual([
      { event_id: 'a', event_time: '2026-06-15T10:00:00.1239+02:00', year: 2026, month: 6, day: 15 },
      { event_id: 'b', event_time: '1750000000123', year: 2026, month: 6, day: 15 },
      { event_id: 'c', event_time: '2026-06-15 10:00:00', year: 2026, month: 6, day: 15 },
      { event_id: null, event_time: null, year: 2026, month: 6, day: 15 },
    ]);
  });

  test('JSON: every form of a timestamp is read as the same moment, at any depth', async () => {
    const type = 'struct<at:timestamp,list:array<timestamp>,by:map<string,array<timestamp>>,n:int>';
    const table = { ...raw, columns: [{ name: 'nested', type: type.replaceAll('timestamp', 'string') }] };
    const forms = ['"2026-06-15T10:00:00.1239+02:00"', '"2026-06-15 08:00:00.123"', '1781510400123'];
    const line = (at: string) => `{"nested":{"at":${at},"list":[${forms}],"by":{"x":[null,${at}]},"n":1}}\n`;
    const root = folderWith({
      [`r/raw/access_logs/${DAY}/a.json`]: `${forms.map(line).join('')}{"nested":null}\n{"nested":{"n":1}}\n`,
    });
    await engine.createView('v', table, await tableFiles(table, root));
    const value = withTimestamps('nested', parseType(type));
    const typed = 'STRUCT("at" TIMESTAMP, list TIMESTAMP[], "by" MAP(VARCHAR, TIMESTAMP[]), n INTEGER)';
    const moment = '2026-06-15 08:00:00.123';
    const whole = { at: moment, list: [moment, moment, moment], by: [{ key: 'x', value: [null, moment] }], n: 1 };
    expect(await engine.rows(`SELECT typeof(${value}) AS type, ${value} AS nested FROM v`)).toEqual([
      ...forms.map(() => ({ type: typed, nested: whole })),
      { type: typed, nested: null },
      { type: typed, nested: { at: null, list: null, by: null, n: 1 } },
    ]);
  });

  test('CSV: strings by position, below a header', async () => {
    const table = rawTable(datasetByName('sensor_readings'), { bucket: 'r' });
    const files = {
      'r/raw/sensor_readings/dt=2026-06-15/a.csv': 'any,header,at,all,b,c,d\ns-1,"2026, ""x""",1,,,"",\n',
    };
    expect(await rows(table, files, 'sensor_id, measured_at, temperature, battery, firmware, dt')).toEqual([
      { sensor_id: 's-1', measured_at: '2026, "x"', temperature: '1', battery: null, firmware: '', dt: '2026-06-15' },
    ]);
  });

  test('Parquet: columns by name and widened, NULL where a file has none, keys of each partition', async () => {
    const table: TableDefinition = {
      ...curated,
      columns: [
        { name: 'id', type: 'bigint' },
        { name: 'added_later', type: 'string' },
      ],
    };
    const folder = folderWith();
    const path = join(folder, 'x.parquet');
    await engine.run(`COPY (SELECT 1 AS dropped, 7::INTEGER AS id) TO '${path}' (FORMAT parquet)`);
    const content = readFileSync(path);
    const other = DAY.replace('15', '16');
    const files = {
      [`c/data/access_logs/${DAY}/x.parquet`]: content,
      [`c/data/access_logs/${other}/y.parquet`]: content,
      [MANIFEST]: uri('x.parquet'),
      [MANIFEST.replace(DAY, other)]: uri('y.parquet').replace(DAY, other),
    };
    expect(await rows(table, files, 'id, added_later, typeof(id) AS type, day')).toEqual([
      { id: '7', added_later: null, type: 'BIGINT', day: 15 },
      { id: '7', added_later: null, type: 'BIGINT', day: 16 },
    ]);
    expect(await rows(table, files, 'id, day', { day: '16' })).toEqual([{ id: '7', day: 16 }]);
    expect(await rows(table, {}, '*')).toEqual([]);
  });

  test.each([1, 2])('columns with names that the engine uses itself, in %i partitions', async (partitions) => {
    const columns = ['filename', 'file_name', 'file_index', 'partition_no', 'source_file', 'places'].map((name) => ({
      name,
      type: 'string',
    }));
    const names = columns.map(({ name }) => name);
    const days = ['15', '16'].slice(0, partitions);
    const expected = days.map((day) => ({
      ...Object.fromEntries(names.map((name) => [name, `${name} of ${day}`])),
      day: Number(day),
    }));
    const path = (base: string, day: string) => `${base}/${DAY.replace('15', day)}`;
    const select = [...names, 'day'].join(', ');

    const json = days.map((day, index) => [
      `${path('r/raw/access_logs', day)}/a.json`,
      JSON.stringify(expected[index]),
    ]);
    expect(await rows({ ...raw, columns }, Object.fromEntries(json), select)).toEqual(expected);

    const csv = rawTable(datasetByName('sensor_readings'), { bucket: 'r' });
    const lines = days.map((day) => [
      `r/raw/sensor_readings/dt=2026-06-${day}/a.csv`,
      `${names}\n${names.map((name) => `${name} of ${day}`)}\n`,
    ]);
    expect(await rows({ ...csv, columns }, Object.fromEntries(lines), names.join(', '))).toEqual(
      expected.map(({ day: _, ...row }) => row),
    );

    const folder = folderWith();
    const files = [];
    for (const day of days) {
      const values = names.map((name) => `'${name} of ${day}' AS ${name}`);
      await engine.run(`COPY (SELECT ${values}) TO '${folder}/${day}.parquet' (FORMAT parquet)`);
      files.push([`${path('c/data/access_logs', day)}/x.parquet`, readFileSync(`${folder}/${day}.parquet`)]);
      files.push([
        MANIFEST.replace(DAY, DAY.replace('15', day)),
        uri('x.parquet').replace(DAY, DAY.replace('15', day)),
      ]);
    }
    expect(await rows({ ...curated, columns }, Object.fromEntries(files), select)).toEqual(expected);
  });

  test('a file that a manifest lists twice counts twice', async () => {
    const root = folderWith({ [MANIFEST]: `${uri('x.parquet')}\n${uri('x.parquet')}\n` });
    const path = join(root, `c/data/access_logs/${DAY}/x.parquet`);
    mkdirSync(dirname(path), { recursive: true });
    await engine.run(`COPY (SELECT 'a' AS event_id) TO '${path}' (FORMAT parquet)`);
    await engine.createView('v', curated, await tableFiles(curated, root));
    expect(await engine.rows('SELECT count(*)::INTEGER AS n FROM v')).toEqual([{ n: 2 }]);
  });

  test('an unknown SerDe is refused', async () => {
    const table = { ...raw, serializationLibrary: 'org.example.Serde' };
    await expect(rows(table, { [`r/raw/access_logs/${DAY}/x`]: '' }, '*')).rejects.toThrow(
      'org.example.Serde is not understood',
    );
  });
});

test('a locked engine reads its folders, nothing else, and cannot be unlocked', async () => {
  const folder = folderWith({ 'in/a.csv': 'a\n1\n', 'b.csv': 'a\n2\n' });
  const locked = await QueryEngine.open(folderWith());
  try {
    await locked.lock([join(folder, 'in')]);
    expect(await locked.rows(`SELECT a::INT AS a FROM read_csv('${folder}/in/a.csv')`)).toEqual([{ a: 1 }]);
    for (const path of [`${folder}/b.csv`, `${folder}/in/../b.csv`, `${folder}/in*/../*.csv`]) {
      await expect(locked.rows(`FROM read_csv('${path}')`)).rejects.toThrow('Permission Error');
    }
    await expect(locked.run('SET enable_external_access = true')).rejects.toThrow(/locked|Cannot/);
    await expect(locked.run(`SET allowed_directories = ['${folder}']`)).rejects.toThrow(/locked|Cannot/);
  } finally {
    locked.close();
  }
});
