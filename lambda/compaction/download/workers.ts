import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { within } from '../limits/deadline';
import { Batcher } from './batcher';
import type { DownloadJob, DownloadOutcome, WorkerAnswer, WorkerRequest, WorkerSettings } from './job';
import { ObjectDownloader } from './object-downloader';
import type { Segment } from './segments';

/** Longest that a worker may take to write its last MiB and report it, in milliseconds. */
const FINISH_MILLIS = 60_000;
/** Longest that stopping a worker may take: it first returns from the native call that it is in. */
const TERMINATE_MILLIS = 5_000;

/** Something that downloads, in this thread or in a worker. */
export interface DownloadWorker {
  download(job: DownloadJob): Promise<DownloadOutcome>;
  /** Ends the worker and returns its segments. */
  finish(): Promise<readonly Segment[]>;
  /** Ends the worker at once, whatever it is doing. */
  abort(): Promise<void>;
}

/** In this thread: for few objects, where starting a worker would take longer than the work. */
export function inlineWorker(settings: WorkerSettings): DownloadWorker {
  const downloader = new ObjectDownloader(settings);
  return {
    download: (job) => downloader.download(job),
    finish: () => downloader.finish(),
    abort: () => downloader.abort(),
  };
}

/** In a worker thread: inflating and checking lines keeps a processor busy. */
export function threadWorker(settings: WorkerSettings): DownloadWorker {
  const worker = startWorker(settings);
  const waiting = new Map<number, Pending<DownloadOutcome>>();
  const send = (request: WorkerRequest): void => worker.postMessage(request);
  const jobs = new Batcher<DownloadJob>((batch) => send({ type: 'jobs', jobs: batch }));
  let finished: Pending<readonly Segment[]> | undefined;
  let broken: Error | undefined;

  const fail = (error: Error): void => {
    broken ??= error;
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
    finished?.reject(broken);
  };
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`The download worker ended with code ${code}`)));
  worker.on('message', (answer: WorkerAnswer) => {
    if (answer.type === 'finished') {
      finished?.resolve(answer.segments);
      return;
    }
    for (const outcome of answer.outcomes) {
      waiting.get(outcome.id)?.resolve(outcome);
      waiting.delete(outcome.id);
    }
  });

  const stop = (): Promise<unknown> =>
    within(TERMINATE_MILLIS, 'Stopping a download worker', worker.terminate()).catch(() => undefined);

  return {
    download: (job) =>
      new Promise((resolve, reject) => {
        if (broken !== undefined) return reject(broken);
        waiting.set(job.id, { resolve, reject });
        jobs.add(job);
      }),
    finish: async () => {
      if (broken !== undefined) throw broken;
      const answer = new Promise<readonly Segment[]>((resolve, reject) => {
        finished = { resolve, reject };
      });
      send({ type: 'finish' });
      const segments = await within(FINISH_MILLIS, 'The end of a download worker', answer);
      await stop();
      return segments;
    },
    abort: async () => {
      fail(new Error('The downloads were given up'));
      await stop();
    },
  };
}

interface Pending<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Hundreds of downloads are under way at once: they outlive V8's own 16 MiB, and would be copied and traced again and again. */
const YOUNG_GENERATION_MIB = 64;

/** The file beside this code: a bundle in Lambda, the source under tsx, which workers do not inherit. */
function startWorker(settings: WorkerSettings): Worker {
  const options = { workerData: settings, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB } };
  const bundled = path.join(__dirname, 'download-worker.js');
  if (!__filename.endsWith('.ts')) return new Worker(bundled, options);
  const source = path.join(__dirname, '..', 'download-worker.ts');
  return new Worker(source, { ...options, execArgv: ['--require', 'tsx/cjs'] });
}
