import { parseArgs } from 'node:util';
import { startS3Server } from './server';

const HELP = `Serves the S3 protocol over a local folder, on the loopback interface.

  --root DIR                 folder of the buckets (required); objects are plain files DIR/<bucket>/<key>
  --port N                   port to listen on (default: any free one)
  --bucket NAME[:versioned]  bucket to create unless it exists; may be given several times
  --anonymous                serve requests that are not signed
  --help                     show this text

Prints one line, "listening <endpoint>", once it is ready.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      root: { type: 'string' },
      port: { type: 'string', default: '0' },
      bucket: { type: 'string', multiple: true, default: [] },
      anonymous: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  if (values.root === undefined) throw new Error('--root DIR is required. See --help.');
  if (!/^\d{1,5}$/.test(values.port ?? '')) throw new Error(`--port must be a port number, but got ${values.port}.`);
  const server = await startS3Server({
    root: values.root,
    port: Number(values.port),
    buckets: Object.fromEntries((values.bucket ?? []).map(parseBucket)),
    anonymous: values.anonymous === true,
  });
  const stop = (): void => void server.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.write(`listening ${server.endpoint}\n`);
}

function parseBucket(text: string): [string, { versioned: boolean }] {
  const [name, suffix, ...rest] = text.split(':');
  if (name === undefined || rest.length > 0 || (suffix !== undefined && suffix !== 'versioned')) {
    throw new Error(`--bucket must be NAME or NAME:versioned, but got ${text}.`);
  }
  return [name, { versioned: suffix === 'versioned' }];
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
