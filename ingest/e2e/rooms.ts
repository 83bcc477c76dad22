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
    suites: suites('ingest/test/gateway', 'admission', 'rate.integration', 'settings', 'store-bucket', 'turns'),
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
    suites: suites('ingest/test/gateway', 'conflict', 'events', 'hostile-events.integration', 'recent'),
  },
  {
    name: 'gateway-http',
    code: [
      'ingest/gateway',
      ...below('ingest/gateway', ':!auth', ':!commit', ':!environment.ts', ':!events', ':!http/admission.ts'),
      ...below('ingest/gateway', ':!rate', ':!settings.ts', ':!work'),
    ],
    suites: suites(
      'ingest/test/gateway',
      'events',
      'hostile-bodies.integration',
      'http.integration',
      'pipelines',
      'refused-requests.integration',
    ),
  },
];
