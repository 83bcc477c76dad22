/** Entry of a worker thread: downloads what the main thread hands it. Bundled as a file of its own beside the handler. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LaneAnswer, LaneRequest, LaneSettings } from './download/job';
import { Lane } from './download/lane';

const port = parentPort;
if (port === null) throw new Error('download-worker runs as a worker thread only');
const lane = new Lane(workerData as LaneSettings);

port.on('message', async (request: LaneRequest) => {
  const answer: LaneAnswer =
    request.type === 'job'
      ? { type: 'outcome', outcome: await lane.download(request.job) }
      : { type: 'finished', segments: await lane.finish() };
  port.postMessage(answer);
  if (answer.type === 'finished') port.close();
});
