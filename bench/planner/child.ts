/** One plan in a process of its own, so that its memory and processor time are its own. Prints one JSON line. */
import { writePlan } from '../../lambda/compaction/planning/write-plan';
import { processSettings } from '../../lambda/compaction/runtime/environment';
import { createS3Client, openLake } from '../../lambda/compaction/runtime/lake';
import { Telemetry } from '../../lambda/compaction/runtime/telemetry';
import type { PlanMode } from '../../lib/dataset';
import { EVENTS } from './inbox';

export interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Largest resident set, in MiB. */
  readonly peakMiB: number;
  readonly tasks: number;
  readonly objects: number;
  readonly complete: boolean;
}

async function main(mode: PlanMode): Promise<void> {
  const { s3, buckets, compactor, telemetry } = processSettings();
  const lake = openLake(createS3Client(s3), buckets);
  const from = process.cpuUsage();
  const started = performance.now();
  const { tasks, objects, complete } = await writePlan(lake, mode, {
    declared: [EVENTS],
    chosen: [EVENTS],
    maxLocalBytes: compactor.maxLocalBytes,
    telemetry: new Telemetry(telemetry),
  });
  const { user, system } = process.cpuUsage(from);
  const measured: Measured = {
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    tasks,
    objects,
    complete,
  };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}

void main(process.argv[2] as PlanMode);
