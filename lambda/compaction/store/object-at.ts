import type { ObjectInfo, ObjectStore } from './object-store';

/** The object with this key as it is now, in one LIST. */
export async function objectAt(
  store: Pick<ObjectStore, 'listPage'>,
  bucket: string,
  key: string,
): Promise<ObjectInfo | undefined> {
  // Of the keys that begin with it, its own is the first.
  const [first] = (await store.listPage(bucket, key, {})).objects;
  return first?.key === key ? first : undefined;
}
