import { ingestSettings } from '../ingest/infra/settings'; // with ingest
import type { SettingsExtension } from '../lib/settings';

/** Settings of the optional parts that a stage may have. `bin/lake.ts` adds their stacks, and refuses a part that is in one list alone. */
export const extensions: readonly SettingsExtension[] = [
  ingestSettings, // with ingest
];
