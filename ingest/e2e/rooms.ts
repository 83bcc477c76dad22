import { below, type Room, suites } from '../../e2e/stryker/room';

/** The parts of the client and the gateway in which StrykerJS makes every mutant. */
export const INGEST_ROOMS: readonly Room[] = [
  {
    name: 'client',
    code: ['packages/ingest-client/src'],
    suites: [
      ...suites('packages/ingest-client/test', 'answer', 'client', 'client-end', 'client-events', 'delivery'),
      ...suites('packages/ingest-client/test', 'errors', 'options', 'semaphore'),
    ],
  },
  {
    name: 'gateway-limits',
    code: below('ingest/gateway', 'environment.ts', 'http/admission.ts', 'rate', 'settings.ts', 'work'),
    suites: [
      ...suites('ingest/test/gateway', 'admission', 'backoff', 'breaker', 'leases', 'limiter', 'settings'),
      ...suites('ingest/test/gateway', 'settings-mistakes', 'store-bucket', 'turns'),
    ],
  },
  {
    name: 'gateway-tokens',
    code: below('ingest/gateway', 'auth'),
    suites: [
      ...suites('ingest/test/gateway', 'cognito-tokens', 'confined-tokens', 'key-set', 'key-source'),
      ...suites('ingest/test/gateway', 'keys.integration', 'token-verifier', 'tokens'),
    ],
  },
  {
    name: 'gateway-events',
    code: below('ingest/gateway', 'commit', 'events'),
    suites: [
      ...suites(
        'ingest/test/gateway',
        'batch',
        'committer',
        'content',
        'identity',
        'place',
        'recent',
        'redis-memory',
        's3-sink',
      ),
      ...suites('ingest/test/gateway', 'shape', 'split', 'validator'),
      ...suites('ingest/test/gateway', 'conflict', 'durability.integration', 'events', 'hostile-events.integration'),
    ],
  },
  {
    name: 'gateway-http',
    code: [
      'ingest/gateway',
      ...below('ingest/gateway', ':!auth', ':!commit', ':!environment.ts', ':!events', ':!http/admission.ts'),
      ...below('ingest/gateway', ':!rate', ':!settings.ts', ':!work'),
    ],
    suites: [
      ...suites('ingest/test/gateway', 'connection-errors', 'events-handler', 'events-headers', 'events-route'),
      ...suites('ingest/test/gateway', 'gate', 'gateway', 'inflate', 'log'),
      ...suites(
        'ingest/test/gateway',
        'metrics',
        'openapi',
        'pace',
        'pipeline-turns',
        'pipelines',
        'process',
        'receive',
        'redis',
      ),
      ...suites('ingest/test/gateway', 'refusals', 'results', 'server'),
      ...suites('ingest/test/gateway', 'conflict', 'durability.integration', 'events', 'hostile-bodies.integration'),
      ...suites('ingest/test/gateway', 'http.integration', 'keys.integration', 'rate.integration'),
      ...suites('ingest/test/gateway', 'refused-requests.integration'),
    ],
  },
];

/** As in `e2e/stryker/rooms.ts`. */
export const INGEST_LEFT_OUT: Readonly<Record<string, string>> = {
  'ingest/test/gateway/hostile-load.integration.test.ts': 'measures processor time under load',
  'ingest/test/gateway/hostile-memory.integration.test.ts': 'fills memory',
  'ingest/test/gateway/loss.test.ts': 'is about the verdict of npm run test:loss',
  'packages/ingest-client/test/faults.integration.test.ts': 'starts gateways',
  'packages/ingest-client/test/readme.integration.test.ts': 'starts the program of the page',
};
