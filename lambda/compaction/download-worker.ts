/** Entry of a worker thread: downloads what the main thread hands it. Bundled as a separate file beside the handler. */
import { parentPort, workerData } from 'node:worker_threads';
import { Batcher } from './download/batcher';
import type { DownloadOutcome, WorkerAnswer, WorkerRequest, WorkerSettings } from './download/job';
import { ObjectDownloader } from './download/object-downloader';

const port = parentPort;
if (port === null) throw new Error('download-worker runs as a worker thread only');
const downloader = new ObjectDownloader(workerData as WorkerSettings);
const answer = (message: WorkerAnswer): void => port.postMessage(message);
const outcomes = new Batcher<DownloadOutcome>((batch) => answer({ type: 'outcomes', outcomes: batch }));

port.on('message', async (request: WorkerRequest) => {
  if (request.type === 'jobs') {
    for (const job of request.jobs) void downloader.download(job).then((outcome) => outcomes.add(outcome));
    return;
  }
  // The main thread asks for the end only when it has every outcome.
  answer({ type: 'finished', segments: await downloader.finish() });
  port.close();
});
