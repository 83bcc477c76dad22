import { formatHiveType } from '../../lib/dataset/types';
import { expectVerdicts, ParquetIntake } from './support/parquet-intake';
import { verdict } from './support/parquet-model';
import { SCALARS, SOURCES } from './support/parquet-sources';

let intake: ParquetIntake;
beforeAll(async () => {
  intake = await ParquetIntake.open();
});
afterAll(async () => {
  await intake.close();
});

describe('every type of Parquet in every type of the lake: exact, as the guide says, or refused', () => {
  test.each(SOURCES.map((source) => [source.name, source] as const))('%s', async (_, source) => {
    const cells = [null, ...source.edges];
    for (const type of SCALARS) {
      const verdicts = cells.map((cell) => (cell === null ? { value: null } : verdict(source.meaning(cell), type)));
      for (const dictionary of [false, true]) {
        const column = { name: 'v', ...source.leaf };
        const outcome = await intake.takeInColumn(column, cells, formatHiveType(type), { dictionary });
        if (verdicts.includes('refused')) {
          expect(new Set(verdicts.slice(1))).toEqual(new Set(['refused']));
          expect(outcome.unreadable).toMatch(/^column v: the file has .+, the dataset declares an? .+; write it as /);
          expect(outcome.unreadable).toContain(formatHiveType(type));
        } else {
          expectVerdicts(outcome, verdicts);
        }
      }
    }
  });
});
