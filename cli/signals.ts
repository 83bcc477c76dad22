import { constants as system } from 'node:os';

/** Cleans up on Ctrl-C and on a polite kill; a second signal does not wait. */
export function onSignals(cleanUp: () => Promise<void>): { remove(): void } {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let stopping = false;
  const stop = (signal: (typeof signals)[number]): void => {
    const code = 128 + system.signals[signal];
    if (stopping) {
      process.exit(code);
    }
    stopping = true;
    cleanUp().finally(() => process.exit(code));
  };
  for (const signal of signals) {
    process.on(signal, stop);
  }
  return {
    remove: () => {
      for (const signal of signals) {
        process.off(signal, stop);
      }
    },
  };
}
