import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { readQuarantine } from '../../../cli/input/quarantined';
import { BUCKETS, type LocalLake } from '../../../cli/lake';
import { QueryEngine } from '../../../cli/tables/engine';
import { viewCurated } from '../../../cli/tables/views';
import { createS3Client } from '../../../lambda/compaction/runtime/lake';
import { type Dataset, rawPrefix } from '../../../lib/dataset';

/** What the lake holds, by event id. */
export interface Found {
  /** How often each event was put into the raw zone, objects that compaction has deleted since included. */
  readonly raw: ReadonlyMap<string, number>;
  readonly rawObjects: number;
  /** How often the curated table answers each event. */
  readonly curated: ReadonlyMap<string, number>;
  readonly quarantined: number;
  /** Raw objects that nobody has compacted. */
  readonly pending: number;
}

export async function readLake(lake: LocalLake, dataset: Dataset): Promise<Found> {
  const raw = new Map<string, number>();
  let rawObjects = 0;
  for await (const text of everRaw(lake, dataset.name)) {
    rawObjects += 1;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const { event_id } = JSON.parse(line) as { event_id: string };
      raw.set(event_id, (raw.get(event_id) ?? 0) + 1);
    }
  }
  let pending = 0;
  for await (const _ of lake.store.list(BUCKETS.raw, rawPrefix(dataset.name))) pending += 1;
  const engine = await QueryEngine.open(lake.scratch);
  try {
    await viewCurated(engine, lake, dataset);
    const rows = await engine.rows('SELECT event_id, count(*)::DOUBLE AS n FROM curated GROUP BY event_id');
    const curated = new Map(rows.map((row) => [`${row.event_id}`, Number(row.n)]));
    return { raw, rawObjects, curated, quarantined: (await readQuarantine(lake, dataset)).length, pending };
  } finally {
    engine.close();
  }
}

/** The text of every object that was ever in the raw zone of a dataset: the bucket keeps its versions. */
async function* everRaw(lake: LocalLake, dataset: string): AsyncGenerator<string> {
  const client = createS3Client(lake.settings.s3);
  try {
    let position: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    while (position !== undefined) {
      const page: ListObjectVersionsCommandOutput = await client.send(
        new ListObjectVersionsCommand({
          Bucket: BUCKETS.raw,
          Prefix: rawPrefix(dataset),
          ...(position.KeyMarker === undefined ? {} : { KeyMarker: position.KeyMarker }),
          ...(position.VersionIdMarker === undefined ? {} : { VersionIdMarker: position.VersionIdMarker }),
        }),
      );
      for (const { Key, VersionId } of page.Versions ?? []) {
        const object = await client.send(new GetObjectCommand({ Bucket: BUCKETS.raw, Key, VersionId }));
        yield gunzipSync((await object.Body?.transformToByteArray()) ?? '').toString('utf8');
      }
      position =
        page.IsTruncated === true
          ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
          : undefined;
    }
  } finally {
    client.destroy();
  }
}
