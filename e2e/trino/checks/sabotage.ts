import { manifestKey } from '../../../lib/dataset';
import type { Report } from '../../tools/report';
import type { EngineLake } from '../lake';
import type { LoadedDataset } from './answers';
import { compareRows } from './rows';

/** A table changed as a careless edit would change it, or a manifest: the comparison of rows must notice. */
export async function checkSabotage(
  report: Report,
  lake: EngineLake,
  { dataset, loads }: LoadedDataset,
): Promise<void> {
  report.section('Mistakes on purpose, each of which the comparison of rows must notice');
  const [load] = loads;
  if (load === undefined) throw new Error('nothing was loaded');
  const rows = [...load.readable.rows, ...load.other.rows];
  const compare = (): Promise<string> => compareRows(lake, 'curated', dataset, load.partition, rows);

  /** @param symptom what the engine then says, so that no other failure counts as noticing */
  const mistake = async (name: string, symptom: RegExp, make: () => Promise<() => Promise<void>>): Promise<void> => {
    await report.check(name, async () => {
      await compare();
      const repair = await make();
      const noticed = await compare().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      await repair();
      if (noticed === undefined) throw new Error('the rows are the same as before');
      if (!symptom.test(noticed)) throw new Error(`${noticed}\nis not what this mistake leads to: ${symptom}`);
      await compare();
      return noticed.split('\n')[0];
    });
  };
  await mistake('partition projection without the digits of month and day', /^0 rows, not/, () =>
    lake.changeTable('curated', dataset, (table) => ({
      ...table,
      Parameters: Object.fromEntries(
        Object.entries(table.Parameters ?? {}).filter(([name]) => !/^projection\.(month|day)\.digits$/.test(name)),
      ),
    })),
  );
  await mistake('a blank line in a manifest', /^HIVE_BAD_DATA: /, async () => {
    const text = await lake.manifest(dataset, load.partition);
    const key = manifestKey(dataset.name, load.partition);
    await lake.put('curated', key, `${text}\n`);
    return () => lake.put('curated', key, text);
  });
  await mistake('the SerDe of another format', /^HIVE_\w+: /, () =>
    lake.changeTable('curated', dataset, (table) => ({
      ...table,
      StorageDescriptor: {
        ...table.StorageDescriptor,
        SerdeInfo: { SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe' },
      },
    })),
  );
  await mistake('a manifest that lists a file twice', /^\d+ rows, not/, async () => {
    const text = await lake.manifest(dataset, load.partition);
    const key = manifestKey(dataset.name, load.partition);
    await lake.put('curated', key, `${text}${text.split('\n')[0]}\n`);
    return () => lake.put('curated', key, text);
  });
}
