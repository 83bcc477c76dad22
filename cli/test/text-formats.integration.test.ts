/** Text as services and tools write it: taken in by folder and by time, compacted, and found; and rows made from the declarations. */

import './support/text-datasets';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseDataset } from '../../lib/dataset';
import { createValidator } from '../../lib/rows';
import { TEXT_SAMPLES } from '../../test/support/text-samples';
import { generate } from '../generate';
import { BUCKETS } from '../lake';
import { QueryEngine } from '../tables/engine';
import { folderWith } from './support/folder';
import { start } from './support/run';

jest.setTimeout(240_000);

describe.each(TEXT_SAMPLES.map((sample) => [sample.definition.name, sample] as const))('%s', (name, sample) => {
  const columns = sample.definition.columns.map((column) => column.name);

  test.each([
    ['in a folder of its partition', 'year=2026/month=06/day=15/AWSLogs/x.log.gz'],
    ['placed by its times', 'AWSLogs/eu-west-1/x.log.gz'],
  ])('%s', async (_, path) => {
    const keep = join(folderWith(), 'lake');
    const input = folderWith({ [path]: gzipSync(sample.text) });
    const { code, errors, result } = await start('--input', input, '--dataset', name, '--keep', keep);
    const rejected = sample.rejected ?? [];
    expect([code, errors, result.problems]).toEqual([0, '', []]);
    expect(result.total).toMatchObject({
      rowsIn: sample.rows.length + rejected.length,
      rowsOut: sample.rows.length,
      rowsQuarantined: rejected.length,
      unaccounted: 0,
    });
    expect(result.queries.map(({ equal }) => equal)).toEqual([true, true, true]);
    expect(result.quarantine.lines.map(({ reason }) => reason)).toEqual(
      rejected.map(([, reason]) => expect.stringContaining(reason)),
    );
    const engine = await QueryEngine.open(folderWith());
    try {
      const found = await engine.rows(
        `SELECT to_json(COLUMNS(*)) FROM read_parquet('${keep}/${BUCKETS.curated}/**/*.parquet', hive_partitioning = false)`,
      );
      const shown = found.map((row) => Object.values(row).map((value) => (value === null ? null : `${value}`)));
      const expected = sample.rows.map((row) => columns.map((column) => row[column] ?? null));
      expect(shown.map((row) => row.filter((value) => value !== null).length).sort()).toEqual(
        expected.map((row) => row.filter((value) => value !== null).length).sort(),
      );
    } finally {
      engine.close();
    }
  });

  test('npm start makes rows of it from its declaration', async () => {
    const { code, errors, result } = await start('--dataset', name, '--rows', '240');
    expect([code, errors, result.problems]).toEqual([0, '', []]);
    expect(result.total).toMatchObject({ rowsIn: 240, unaccounted: 0 });
    expect(result.total.rowsOut + result.total.duplicates).toBeGreaterThan(235);
    expect(result.compaction.undeclared).toEqual([]);
    expect(result.queries.map(({ equal }) => equal)).toEqual([true, true, true]);
  });

  test('what is made is accepted but for what is broken', () => {
    const dataset = parseDataset(sample.definition);
    const { format, header, files } = generate(dataset, 2000);
    let rejected = 0;
    let broken = 0;
    const reasons: string[] = [];
    for (const file of files) {
      const validator = createValidator(format, dataset, ({ reason }) => {
        rejected += 1;
        reasons.push(reason);
      });
      validator.push(Buffer.from(`${[header ?? [], file.lines].flat().join('\n')}\n`));
      validator.end();
      broken += file.broken;
    }
    expect([rejected, reasons.slice(0, 3)]).toEqual([broken, broken === 0 ? [] : expect.anything()]);
  });
});
