import { ingestSettings } from '../ingest/infra/settings'; // with ingest
import type { SettingsExtension } from '../lib/settings';

/** Optional parts of a lake that a stage may have. `bin/lake.ts` adds their stacks. */
export const extensions: readonly SettingsExtension[] = [
  ingestSettings, // with ingest
];
