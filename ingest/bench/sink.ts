/**
 * A stand-in for S3 that answers `PutObject` after as long as S3 might take, and throws the object away:
 * `sink.ts MEDIAN_MS P99_MS`. Prints its port, and on SIGTERM how many objects and bytes it took.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [median = 0, p99 = 0] = process.argv.slice(2).map(Number);
/** Of a log-normal distribution: the 99th percentile lies 2.326 standard deviations above the median. */
const sigma = median > 0 ? Math.log(p99 / median) / 2.326 : 0;

function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

const taken = { objects: 0, bytes: 0 };

const server = createServer((request, response) => {
  const started = performance.now();
  request.on('data', (chunk: Buffer) => {
    taken.bytes += chunk.length;
  });
  request.on('end', () => {
    const latency = median * Math.exp(sigma * normal());
    setTimeout(
      () => {
        taken.objects += 1;
        response.writeHead(200, { etag: '"0"', 'content-length': 0 });
        response.end();
      },
      latency - (performance.now() - started),
    );
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify(taken)}\n`, () => process.exit(0));
});
