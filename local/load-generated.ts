import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { partitionForTime } from '../lib/dataset';
import { generateLogs, type LogFile } from './generate';
import type { IngestResult } from './ingest-files';
import type { Loader } from './input/loader';
import type { Progress } from './terminal';

const compress = promisify(gzip);

/** Begins the source of generated objects in the ledger; a file's path cannot begin so. */
export const GENERATED = '/generated-';

const UPLOADS_IN_FLIGHT = 24;

/** Writes generated web logs into the raw zone, as collectors would: many small gzip files, each a PUT of its own. */
export async function loadGenerated(loader: Loader, rows: number, progress: Progress): Promise<IngestResult> {
  const { dataset, lake } = loader;
  const source = `${GENERATED}${rows}`;
  if (lake.ledger.isFinished(dataset.name, source)) {
    const files = lake.ledger.objects(dataset.name).filter((object) => object.source === source).length;
    return { files, alreadyTaken: files };
  }
  let files = 0;
  let done = 0;
  const generator = generateLogs(rows);
  const upload = async (file: LogFile): Promise<void> => {
    const text = `${file.lines.join('\n')}\n`;
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
    await loader.put({
      partition: partitionForTime(dataset, file.time),
      name: `${file.name}-${digest}.json.gz`,
      format: 'ndjson',
      content: await compress(text),
      rows: file.lines.length,
      source,
      whole: true,
    });
    files += 1;
    done += file.lines.length;
    progress.update(done / rows);
  };
  // Each lane takes the next file when it is done with one, so that only a few are in memory.
  const lane = async (): Promise<void> => {
    for (let next = generator.next(); next.done !== true; next = generator.next()) {
      await upload(next.value);
    }
  };
  await Promise.all(Array.from({ length: UPLOADS_IN_FLIGHT }, lane));
  lake.ledger.add({ kind: 'source', dataset: dataset.name, id: source });
  return { files, alreadyTaken: 0 };
}
