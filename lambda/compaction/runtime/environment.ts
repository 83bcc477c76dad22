import { type CompactionSettings, readSettings } from './settings';

let settings: CompactionSettings | undefined;

/** The settings of this process: the one place of compaction where the environment is read, once. */
export function processSettings(): CompactionSettings {
  settings ??= readSettings(process.env);
  return settings;
}
