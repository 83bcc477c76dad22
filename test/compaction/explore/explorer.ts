import type { Random } from '../../../cli/generate/random';
import type { CommitIntent } from '../../../lambda/compaction/protocol/commit-intent';
import { RECORD_PREFIX } from '../../../lib/dataset/layout';
import { bring } from '../support/import-work';
import { settleSnapshots } from '../support/snapshot-works';
import { type CrashPoint, compactAndMerge, rebuild, type World } from '../support/world';
import { CONFIGURATIONS, type Configuration, S3_CONFIGURATIONS } from './configurations';

/** From this step on, another process goes on. */
export interface Switch {
  readonly step: number;
  readonly to: number;
}

/** One execution of a configuration, as it can be repeated. Without a switch, a process runs until it ends. */
export interface Schedule {
  readonly switches: readonly Switch[];
  readonly crashes: readonly Crash[];
}

export interface Crash {
  readonly process: number;
  /** 1 is the process's first operation. */
  readonly step: number;
  readonly when: CrashPoint['when'];
}

/** What an execution was like: where it can be varied. */
export interface Trace {
  /** Processes that could go on at each step. */
  readonly waiting: readonly (readonly number[])[];
  /** The one that did. */
  readonly chosen: readonly number[];
  /** Operations of each process. */
  readonly steps: readonly number[];
  /** What was done until the lake came to rest. */
  readonly operations: readonly string[];
}

export class Violation extends Error {
  override readonly name = 'Violation';
  constructor(
    readonly replay: string,
    cause: unknown,
  ) {
    super(`${cause instanceof Error ? cause.message : String(cause)}\nreplay: ${replay}`);
  }
}

/** One line that names an execution. */
export function encodeSchedule(configuration: Configuration, { switches, crashes }: Schedule): string {
  const turns = switches.map(({ step, to }) => `${step}>${to}`).join(',');
  const deaths = crashes.map(({ process, step, when }) => `${process}@${step}${when}`).join(',');
  return `${configuration.name}/${turns}/${deaths}`;
}

/** @throws Error when the text names no execution */
export function decodeSchedule(text: string): { configuration: Configuration; schedule: Schedule } {
  const [name, turns = '', deaths = ''] = text.split('/');
  const all = [...CONFIGURATIONS, ...S3_CONFIGURATIONS];
  const configuration = all.find((candidate) => candidate.name === name);
  if (configuration === undefined) {
    throw new Error(`"${name}" is not a configuration; there are ${all.map((one) => one.name).join(', ')}`);
  }
  const parts = (list: string, form: RegExp): RegExpExecArray[] =>
    list.split(',').flatMap((item) => {
      if (item === '') return [];
      const match = form.exec(item);
      if (match === null) throw new Error(`"${item}" is not part of a schedule`);
      return [match];
    });
  return {
    configuration,
    schedule: {
      switches: parts(turns, /^(\d+)>(\d+)$/).map(([, step, to]) => ({ step: Number(step), to: Number(to) })),
      crashes: parts(deaths, /^(\d+)@(\d+)(before|after|unanswered)$/).map(([, process, step, when]) => ({
        process: Number(process),
        step: Number(step),
        when: when as CrashPoint['when'],
      })),
    },
  };
}

/** Runs one execution and lets the lake come to rest. @throws Violation when an invariant does not hold */
export async function execute(configuration: Configuration, schedule: Schedule): Promise<Trace> {
  const waitingAt: (readonly number[])[] = [];
  const chosenAt: number[] = [];
  const turns = new Map(schedule.switches.map(({ step, to }) => [step, to]));
  let current = 0;
  const choose = (waiting: readonly number[], step: number): number => {
    current = turns.get(step) ?? current;
    if (!waiting.includes(current)) current = waiting[0] as number;
    waitingAt.push([...waiting]);
    chosenAt.push(current);
    return current;
  };
  const crashes = new Map(schedule.crashes.map(({ process, step, when }) => [process, { step, when }]));
  let world: World | undefined;
  try {
    world = await configuration.prepare();
    const steps = await world.run(configuration.works, choose, crashes);
    await settle(world);
    return { waiting: waitingAt, chosen: chosenAt, steps, operations: world.operations };
  } catch (error) {
    throw new Violation(encodeSchedule(configuration, schedule), error);
  } finally {
    await world?.close();
  }
}

/** An import that died is resumed; then a compactor alone until done, and a replay where rows are lost: nothing may be pending, recorded or doubled. */
export async function settle(world: World): Promise<void> {
  const alone = (waiting: readonly number[]): number => waiting[0] as number;
  if (world.offered.size > 0) await world.run([bring], alone);
  world.checkImported();
  await world.run([compactAndMerge], alone);
  if (world.isLost) await world.run([rebuild], alone);
  world.check();
  const pending = world.pendingObjects();
  if (pending.length > 0) throw new Error(`${pending[0]?.key} is still pending`);
  // Records of attempts that never committed stay until the vacuum; those of committed ones must be gone.
  const listed = new Set(world.listedFiles());
  for (const { key } of world.buckets.list('curated', RECORD_PREFIX)) {
    const { files } = JSON.parse(String(world.buckets.get('curated', key)?.body)) as CommitIntent;
    if (files.some((file) => listed.has(file))) throw new Error(`${key} stays, and its files are committed`);
  }
  if (world.ref.dataset.iceberg) await settleSnapshots(world);
}

/** The ways in which one more switch can be made after those of a schedule, each a different execution. */
export function* furtherSwitches({ switches }: Schedule, { waiting, chosen }: Trace): Generator<Switch> {
  // Not at the first step: which process begins is not a switch.
  const from = (switches.at(-1)?.step ?? 0) + 1;
  for (let step = from; step < chosen.length; step++) {
    for (const to of waiting[step] as readonly number[]) if (to !== chosen[step]) yield { step, to };
  }
}

/**
 * Crashes and lost answers in an execution, without those that come to the same as another: whoever dies after an operation dies
 * before the next one, and of two processes, when one dies before a switch, the other goes on without one.
 */
export function* singleCrashes({ switches }: Schedule, { chosen, steps }: Trace): Generator<Crash> {
  const lastSwitch = switches.at(-1)?.step ?? 0;
  const counts = steps.map(() => 0);
  for (const [at, process] of chosen.entries()) {
    const step = (counts[process] ?? 0) + 1;
    counts[process] = step;
    yield { process, step, when: 'unanswered' };
    if (steps.length === 2 && at < lastSwitch) continue;
    yield { process, step, when: 'before' };
    if (step === steps[process]) yield { process, step, when: 'after' };
  }
}

export interface Bounds {
  /** Switches of an execution without a crash. Which process begins is free. */
  readonly switches: number;
  /** Switches of an execution with one crash or lost answer; undefined: there are none with one. */
  readonly switchesWithCrash: number | undefined;
}

/**
 * Every execution of a configuration within the bounds: each order with at most so many switches between processes, and
 * each crash and lost answer in the orders with fewer. No schedule comes twice, nor does one with another of two processes
 * that do the same.
 *
 * @returns their number
 * @throws Violation
 */
export async function exploreAll(configuration: Configuration, bounds: Bounds): Promise<number> {
  let executions = 0;
  const visit = async (schedule: Schedule, switches: number): Promise<void> => {
    const trace = await execute(configuration, schedule);
    executions++;
    if (switches <= (bounds.switchesWithCrash ?? -1)) {
      for (const crash of singleCrashes(schedule, trace)) {
        await execute(configuration, { ...schedule, crashes: [crash] });
        executions++;
      }
    }
    if (switches >= bounds.switches) return;
    for (const next of furtherSwitches(schedule, trace)) {
      await visit({ ...schedule, switches: [...schedule.switches, next] }, switches + 1);
    }
  };
  for (const [first, work] of configuration.works.entries()) {
    // Of two that do the same, it does not matter which begins.
    if (configuration.works.indexOf(work) < first) continue;
    await visit({ switches: first === 0 ? [] : [{ step: 0, to: first }], crashes: [] }, 0);
  }
  return executions;
}

/** An execution drawn at random: any number of switches, up to two crashes. */
export async function exploreOne(configuration: Configuration, random: Random): Promise<string> {
  const count = configuration.works.length;
  const switches = Array.from({ length: 2 + random.below(20) }, () => ({
    step: random.below(70),
    to: random.below(count),
  }))
    .sort((a, b) => a.step - b.step)
    .filter(({ step }, index, all) => step !== all[index - 1]?.step);
  const crashes = Array.from({ length: random.below(3) }, () => ({
    process: random.below(count),
    step: 1 + random.below(35),
    when: (['before', 'after', 'unanswered'] as const)[random.below(3)] as CrashPoint['when'],
  })).filter(({ process }, index, all) => all.findIndex((other) => other.process === process) === index);
  const schedule = { switches, crashes };
  const { chosen } = await execute(configuration, schedule);
  // What was run, not what was asked for: two schedules may come to the same.
  return `${configuration.name} ${chosen.join('')} ${encodeSchedule(configuration, { switches: [], crashes })}`;
}
