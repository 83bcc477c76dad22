import type { Sink } from '../../../gateway/commit/sink';

/** A store whose PUTs begin, and end when the test says so. */
export function heldSink(): { readonly sink: Sink; readonly begun: Promise<void>; store(): void } {
  const waiting: (() => void)[] = [];
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  return {
    sink: {
      put: () => {
        begin();
        return new Promise((resolve) => waiting.push(resolve));
      },
    },
    begun,
    store: () => {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
