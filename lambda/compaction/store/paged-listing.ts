import { compareKeys } from './key-order';
import type { ListPage, ListRange, ObjectInfo, ObjectStore, PageRequest } from './object-store';

/** Whole listings, read page by page. */
export abstract class PagedListing implements Pick<ObjectStore, 'list' | 'listPage' | 'listFolder'> {
  abstract listPage(bucket: string, prefix: string, request: PageRequest): Promise<ListPage>;

  async *list(bucket: string, prefix: string, range: ListRange = {}): AsyncGenerator<ObjectInfo> {
    for await (const { objects } of this.#pages(bucket, prefix, { after: range.after })) {
      for (const object of objects) {
        if (range.through !== undefined && compareKeys(object.key, range.through) > 0) return;
        yield object;
      }
    }
  }

  async listFolder(bucket: string, prefix: string): Promise<{ folders: string[]; objects: ObjectInfo[] }> {
    const folders: string[] = [];
    const objects: ObjectInfo[] = [];
    for await (const page of this.#pages(bucket, prefix, { folders: true })) {
      folders.push(...page.folders.map((folder) => folder.slice(prefix.length, -1)));
      objects.push(...page.objects);
    }
    return { folders, objects };
  }

  async *#pages(bucket: string, prefix: string, request: PageRequest): AsyncGenerator<ListPage> {
    let token: string | undefined;
    do {
      const page = await this.listPage(bucket, prefix, { ...request, token });
      yield page;
      token = page.token;
    } while (token !== undefined);
  }
}
