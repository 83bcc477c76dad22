import { ExpectedError, readWholeNumber, UsageError } from '../../command-line';
import { bytes, count, plural } from '../../format';
import type { Terminal } from '../../terminal';
import { visible } from '../../visible';
import { type VerbContext, type VerbResult, verb } from '../verb';
import { Copying } from './copying';
import { importAll, type Job, type Outcome, surveyOf } from './import-all';
import { Journal } from './journal';
import { openSource } from './source';
import type { Survey } from './survey';
import { importId } from './target';

/** Objects that one batch names: what a killed run leaves to be looked up, one request each. */
const BATCH = 1000;
const DEFAULT_RATE = 500;
const SHOWN = 20;

export const run = verb({
  name: 'import',
  about: `Copies the objects of an existing bucket, or of a folder, into the inbox of a dataset, each exactly once: started again, after
a kill or when new objects have come, it goes on with those that it has not copied yet. Below the source, objects must lie as the
dataset declares its inbox. The source is not changed.`,
  options: [
    ['--source PLACE', 's3://BUCKET/PREFIX, or a folder'],
    ['--rate N', `objects a second at most; default ${DEFAULT_RATE}`],
    ['--resume', 'take the place of a run that was killed; only once it has surely ended'],
  ],
  flags: { source: { type: 'string' }, rate: { type: 'string' }, resume: { type: 'boolean' } },
  changes: true,
  wrong: 'some objects could not be imported, or belong to no partition',
  run: importObjects,
});

interface ImportValues {
  readonly source?: string | undefined;
  readonly rate?: string | undefined;
  readonly resume?: boolean | undefined;
}

/** What the verb does with a lake. */
export async function importObjects(
  context: VerbContext,
  { source: place, rate = `${DEFAULT_RATE}`, resume = false }: ImportValues,
): Promise<VerbResult> {
  const { lake, selection } = context;
  const [dataset, ...others] = selection.datasets;
  if (dataset === undefined || others.length > 0) {
    throw new UsageError('--dataset', 'an import is into one dataset', 'write --dataset NAME, once');
  }
  if (place === undefined) {
    throw new UsageError('--source', 'it is missing', 'write --source s3://BUCKET/PREFIX, or a folder');
  }
  const perSecond = readWholeNumber('--rate', rate, 1, 3000, DEFAULT_RATE);
  const source = await openSource(place, lake.settings.s3, lake.buckets);
  try {
    const id = importId(source.name, dataset.name);
    const journal = await Journal.read(lake, id, source.name, dataset.name);
    if (journal.owner !== undefined && context.mayChange && !resume) {
      throw new ExpectedError(
        `This import is at work, or was killed: ${journal.owner}.\n  → If it has surely ended, add --resume.`,
        2,
      );
    }
    const copying = new Copying(lake, dataset, source, id, perSecond);
    const job: Job = { ...context, dataset, source, id, journal, copying, batch: BATCH };
    const { survey, resumed, failed, gone } = await (context.mayChange ? importAll(job) : plan(job));
    const { objects, unplaced } = survey;
    const { links = [] } = source;
    const isBad = failed.length + gone.length + links.length > 0 || unplaced.objects > 0;
    return {
      code: !context.mayChange && objects + failed.length > 0 ? 3 : isBad ? 1 : 0,
      json: {
        source: source.name,
        dataset: dataset.name,
        done: context.mayChange,
        objects,
        bytes: survey.bytes,
        partitions: { first: survey.first, last: survey.last },
        known: survey.known,
        resumed,
        notSelected: survey.notSelected,
        ignored: survey.ignored,
        expired: survey.expired,
        unplaced,
        links: { objects: links.length, examples: links.slice(0, SHOWN) },
        failed: failed.slice(0, SHOWN),
        failedObjects: failed.length,
        gone: { objects: gone.length, examples: gone.slice(0, SHOWN) },
        importedInAll: journal.imported,
        atWork: context.mayChange ? undefined : journal.owner,
      },
      print(terminal) {
        print(terminal, survey, { resumed, failed, gone }, context.mayChange, journal);
        if (links.length > 0) printLinks(terminal, links);
      },
    };
  } finally {
    source.close();
  }
}

async function plan(job: Job): Promise<Outcome> {
  const { source, journal, progress } = job;
  const survey = await surveyOf(job);
  for await (const object of source.list()) {
    await survey.take(object);
    if (survey.objects % BATCH === 0) progress(`import, ${count(survey.objects)} found`, 0);
  }
  return { survey, resumed: 0, failed: journal.failed, gone: [] };
}

function printLinks(terminal: Terminal, links: readonly string[]): void {
  const those = plural(links.length, 'symbolic link');
  terminal.line(
    terminal.bad(
      `${those} not followed. To import what they lead to, put it there, or import it as a source of its own:`,
    ),
  );
  for (const path of links.slice(0, SHOWN)) terminal.line(`  ${visible(path)}`);
}

function print(
  terminal: Terminal,
  survey: Survey,
  { resumed, failed, gone }: Omit<Outcome, 'survey'>,
  isDone: boolean,
  journal: Journal,
): void {
  const { objects, first, last, known, ignored, notSelected, expired, unplaced } = survey;
  const span = first === undefined ? '' : `, ${visible(first)}${last === first ? '' : ` to ${visible(last ?? '')}`}`;
  const verbs = isDone ? 'copied into the inbox' : 'to copy into the inbox';
  terminal.line(`${plural(objects, 'object')} (${bytes(survey.bytes)}) ${verbs}${span}`);
  const others: readonly (readonly [number, string])[] = [
    [resumed, 'copied that an earlier run had begun with'],
    [known, 'known from earlier runs'],
    [ignored, 'ignored, as the dataset declares, or no data'],
    [notSelected, 'in other partitions than those selected'],
    [expired, 'in partitions whose retention is over: not copied'],
  ];
  for (const [number, text] of others) if (number > 0) terminal.line(`${plural(number, 'object')} ${text}`);
  if (unplaced.objects > 0) {
    terminal.line(terminal.bad(`${plural(unplaced.objects, 'object')} not copied, because they are in no partition:`));
    for (const { path, problem } of unplaced.examples) terminal.line(`  ${visible(path)}: ${visible(problem)}`);
  }
  if (failed.length > 0) {
    terminal.line(terminal.bad(`${plural(failed.length, 'object')} could not be copied; the next run tries again:`));
    for (const { path, problem } of failed.slice(0, SHOWN)) terminal.line(`  ${visible(path)}: ${visible(problem)}`);
  }
  if (gone.length > 0) {
    const those = `${plural(gone.length, 'object')} that could not be copied before ${gone.length === 1 ? 'is' : 'are'} gone from the source:`;
    terminal.line(terminal.bad(those));
    for (const path of gone.slice(0, SHOWN)) terminal.line(`  ${visible(path)}`);
  }
  if (isDone) return;
  if (journal.owner !== undefined) terminal.line(`A run is at work, or was killed: ${journal.owner}`);
  if (objects + failed.length > 0) terminal.line('Nothing was changed. Add --yes to copy them.');
}
