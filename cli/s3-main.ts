#!/usr/bin/env -S npx tsx
import { startS3Server } from '../packages/s3-loopback/src';
import { readWholeNumber, UsageError } from './command-line';
import { asListenMistake } from './failure';
import { flag, runProgram, text, texts } from './program';

const PROGRAM = {
  name: 'npm run s3',
  does:
    'Serves the S3 protocol over a folder, on the loopback interface. Objects are plain files DIR/<bucket>/<key>. ' +
    'Prints one line, "listening <endpoint>", once it is ready. Ctrl-C stops it.',
  options: {
    root: text('DIR', 'folder of the buckets (required)'),
    port: {
      ...text('N', 'port to listen on (default: any free port)'),
      read: ([port = '0']: readonly string[], option: string) => readWholeNumber(option, port, 0, 65_535, 9000),
    },
    bucket: {
      ...texts('NAME[:versioned]', 'bucket to create unless it exists; may be given several times'),
      read: (given: readonly string[]) => Object.fromEntries(given.map(bucketOf)),
    },
    anonymous: flag('also serve requests that are not signed'),
  },
};

function bucketOf(given: string): [string, { versioned: boolean }] {
  const [, name = '', suffix] = /^([^:]+)(:versioned)?$/.exec(given) ?? [];
  if (name !== '') return [name, { versioned: suffix !== undefined }];
  throw new UsageError('--bucket', `"${given}" is not the name of a bucket`, 'write NAME, or NAME:versioned');
}

runProgram(PROGRAM, async ({ root, port, bucket, anonymous }) => {
  if (root === undefined) throw new UsageError('--root', 'is missing', 'write --root DIR, the folder of the buckets');
  const server = await startS3Server({ root, port, buckets: bucket, anonymous }).catch((error: unknown) => {
    throw asListenMistake(error);
  });
  const stop = (): void => void server.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.write(`listening ${server.endpoint}\n`);
  return 0;
});
