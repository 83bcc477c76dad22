import { type CompactionSettings, readSettings } from './settings';

let settings: CompactionSettings | undefined;

/** The settings of this process: the one place of compaction where the environment is read, once. */
export function processSettings(): CompactionSettings {
  settings ??= readSettings(process.env);
  return settings;
}

/** The SDK's own variables win, as everywhere in AWS. */
export const retriesUnlessSet = (defaults: { readonly retryMode: string; readonly maxAttempts: number }) => ({
  ...(process.env.AWS_RETRY_MODE === undefined ? { retryMode: defaults.retryMode } : {}),
  ...(process.env.AWS_MAX_ATTEMPTS === undefined ? { maxAttempts: defaults.maxAttempts } : {}),
});
