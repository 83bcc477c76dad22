import type { Changes, LocalFiles, Rewrite } from '../../../lambda/compaction/protocol/converter';
import { isTombstones } from '../../../lambda/compaction/protocol/names';
import type { ObjectInfo, ObjectStore } from '../../../lambda/compaction/store/object-store';
import { compareModelRows, decode, type ModelRow, unseal } from './model-rows';

interface ModelFile {
  readonly file: ObjectInfo;
  readonly rows: readonly ModelRow[];
}

/** What arrives changes a partition of the model as the engine that ships changes one. A commit rewrites one file. */
export class ModelChanges {
  readonly #store: ObjectStore;
  readonly #arrived: readonly ModelRow[];
  readonly #write: (rows: readonly ModelRow[], sealed?: boolean) => LocalFiles;

  constructor(
    store: ObjectStore,
    arrived: readonly ModelRow[],
    write: (rows: readonly ModelRow[], sealed?: boolean) => LocalFiles,
  ) {
    this.#store = store;
    this.#arrived = arrived;
    this.#write = write;
  }

  async plan(base: readonly ObjectInfo[]): Promise<Changes> {
    const files: ModelFile[] = [];
    let remembered: readonly ModelRow[] = [];
    for (const file of base) {
      const body = await this.#store.getRange('curated', file.key, file.etag, { start: 0 });
      if (isTombstones(file.key)) remembered = unseal(body);
      else files.push({ file, rows: decode(body) });
    }
    const ids = new Set(this.#arrived.map(({ id }) => id));
    const all = [...files.flatMap(({ rows }) => rows), ...remembered, ...this.#arrived].filter(({ id }) => ids.has(id));
    const winners = new Map<string, ModelRow>();
    for (const row of all) {
      const best = winners.get(row.id);
      if (best === undefined || compareModelRows(row, best) > 0) winners.set(row.id, row);
    }
    const stays = (row: ModelRow): boolean => {
      const winner = winners.get(row.id);
      return winner === undefined || (winner.copy === row.copy && row.deletes !== true);
    };
    const isThere = new Set(files.flatMap(({ rows }) => rows.map(({ copy }) => copy)));
    const fresh = [...winners.values()].filter((row) => !isThere.has(row.copy) && this.#arrived.includes(row));
    const place = new Map<ModelRow, ModelFile>();
    for (const row of fresh.filter(({ deletes }) => deletes !== true)) {
      const file = files.find(({ rows }) => rows.some((old) => old.id === row.id));
      if (file !== undefined) place.set(row, file);
    }
    const all_rewrites = files.flatMap((file): Rewrite[] => {
      const removed = file.rows.filter((row) => !stays(row)).length;
      const placed = [...place.values()].filter((one) => one === file).length;
      return removed === 0 ? [] : [{ file: file.file, removed, placed }];
    });
    const added = fresh.filter((row) => row.deletes !== true && !place.has(row));
    const deletions = [...winners.values()].filter(({ deletes }) => deletes === true);
    const buried = deletions.filter(({ copy }) => !remembered.some((old) => old.copy === copy));
    const effective = this.#arrived.filter(
      (row) => winners.get(row.id) === row && (row.deletes === true || fresh.includes(row)),
    );
    const tombstones = [...remembered.filter(({ id }) => !deletions.some((row) => row.id === id)), ...deletions];
    const rewrites = all_rewrites.slice(0, 1);
    return {
      rewrites,
      complete: rewrites.length === all_rewrites.length,
      added: added.length,
      superseded: this.#arrived.length - effective.length,
      deletions: effective.filter(({ deletes }) => deletes === true).length,
      buries: buried.length > 0,
      rowsOutsidePartition: 0,
      rewrite: async ({ key }) => {
        const file = files.find((one) => one.file.key === key) as ModelFile;
        const placed = [...place].flatMap(([row, target]) => (target === file ? [row] : []));
        return this.#write([...file.rows.filter(stays), ...placed]);
      },
      writeAdded: async () => this.#write(added),
      writeTombstones: async () => this.#write(tombstones, true),
      dispose: async () => {},
    };
  }
}
