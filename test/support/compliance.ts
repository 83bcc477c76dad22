import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { addCompliancePacks } from '../../lib/compliance/packs';

interface Finding {
  readonly ruleName: string;
  readonly violatingConstructs: readonly { readonly constructPath: string }[];
}

interface SuppressedFinding extends Finding {
  readonly acknowledgedId: string;
  /** Path of the construct that carries the acknowledgement. */
  readonly acknowledgedAt: string;
  readonly reason: string;
}

export interface PackReport {
  readonly pluginName: string;
  readonly conclusion: 'success' | 'failure';
  readonly violations: readonly Finding[];
  readonly suppressedViolations?: readonly SuppressedFinding[];
}

/** Synthesizes with every pack and returns what they report, also when that fails the synth. */
export function packReports(app: App): readonly PackReport[] {
  addCompliancePacks(app);
  try {
    app.synth();
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('validation-report.json'))) throw error;
  }
  return JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')).pluginReports;
}

export interface Acknowledgement {
  readonly path: string;
  readonly id: string;
  readonly reason: string;
}

/** Every acknowledgement of the tree, whoever made it. */
export const acknowledgements = (app: App): readonly Acknowledgement[] =>
  app.node
    .findAll()
    .flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) =>
          Object.entries(data as Record<string, string>).map(([id, reason]) => ({ path: node.path, id, reason })),
        ),
    );

/** Acknowledgements of what no pack finds (any more). They would hide the finding when it comes back. */
export function staleAcknowledgements(app: App, reports: readonly PackReport[]): readonly string[] {
  const used = new Set(
    reports.flatMap(({ suppressedViolations = [] }) =>
      suppressedViolations.map(({ acknowledgedAt, acknowledgedId }) => `${acknowledgedAt} ${acknowledgedId}`),
    ),
  );
  return acknowledgements(app)
    .map(({ path, id }) => `${path} ${id}`)
    .filter((acknowledgement) => !used.has(acknowledgement));
}
