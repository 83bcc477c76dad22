import type { SettingsExtension } from '../../../lib/settings';
import { ingestProblems } from './datasets';
import { ingestExamples } from './examples';
import { resolveIngest } from './resolve';

export * from './model';

/** What a stage says about the ingest tier: `ingest` and `network`. */
export const ingestSettings: SettingsExtension = {
  keys: ['ingest', 'network'],
  objects: ['network', 'ingest', 'ingest.token', 'ingest.token.keySet', 'ingest.image', 'ingest.rateLimit'],
  lists: ['ingest.scalingEmails'],
  resolve: (definition, report) => ({ ingest: resolveIngest(definition, report) }),
  check: ingestProblems,
  examples: ingestExamples,
};
