/** Gives each item, in their order, to the next worker that is free. @throws what the first failure throws */
export async function inTurn<W, T>(
  workers: Iterable<W>,
  items: Iterable<T>,
  work: (worker: W, item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(
    [...workers].map(async (worker) => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(worker, item);
    }),
  );
}
