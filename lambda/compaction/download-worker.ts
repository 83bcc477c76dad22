/** Entry of a worker thread: downloads what the main thread hands it. Bundled as a file of its own beside the handler. */
import { parentPort, workerData } from 'node:worker_threads';
import { Batcher } from './download/batcher';
import type { DownloadOutcome, LaneAnswer, LaneRequest, LaneSettings } from './download/job';
import { Lane } from './download/lane';

const port = parentPort;
if (port === null) throw new Error('download-worker runs as a worker thread only');
const lane = new Lane(workerData as LaneSettings);
const answer = (message: LaneAnswer): void => port.postMessage(message);
const outcomes = new Batcher<DownloadOutcome>((batch) => answer({ type: 'outcomes', outcomes: batch }));

port.on('message', async (request: LaneRequest) => {
  if (request.type === 'jobs') {
    for (const job of request.jobs) void lane.download(job).then((outcome) => outcomes.add(outcome));
    return;
  }
  // The main thread asks for the end only when it has every outcome.
  answer({ type: 'finished', segments: await lane.finish() });
  port.close();
});
