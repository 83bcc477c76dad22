import type { Mistake } from '../../../e2e/mutants/mistake';

/** Settings, stacks and checks of an account, and what the local lake does through the gateway. */
export const INFRA: readonly Mistake[] = [
  {
    name: 'preflight: a private zone validates certificates',
    file: 'ingest/preflight/domain.ts',
    find: 'zone.Config?.PrivateZone === true',
    replace: 'zone.Config?.PrivateZone === undefined',
    tests: ['ingest/test/preflight/ingest-checks.test.ts'],
    titles: 'domain',
  },
  {
    name: 'preflight: a certificate that was revoked is fine',
    file: 'ingest/preflight/certificate.ts',
    find: "if (status !== 'ISSUED') {",
    replace: "if (status === 'FAILED') {",
    tests: ['ingest/test/preflight/certificate.test.ts'],
    titles: 'certificate',
  },
  {
    name: 'settings: a certificate of another region is taken',
    file: 'ingest/infra/settings/certificate.ts',
    find: 'region !== undefined && ofRegion !== region',
    replace: 'region !== undefined && ofRegion === undefined',
    tests: ['ingest/test/settings/ingest.test.ts'],
  },
  {
    name: 'settings: who leaves the ranges out lets in everybody',
    file: 'ingest/infra/settings/resolve.ts',
    find: "if (internetFacing !== true && network.kind === 'own') return [network.cidr];",
    replace: "if (network.kind === 'own') return ['0.0.0.0/0'];",
    tests: ['ingest/test/settings/ingest.test.ts'],
    titles: 'a certificate and an issuer are enough',
  },
  {
    name: 'stacks: the firewall logs tokens',
    file: 'ingest/infra/constructs/web-acl.ts',
    find: "      redactedFields: [{ singleHeader: { Name: 'authorization' } }],\n",
    replace: '',
    tests: ['ingest/test/infra/ingest-stack.test.ts'],
    titles: 'logs what it blocks, without tokens',
  },
  {
    name: 'stacks: the metadata of an instance reach its containers',
    file: 'ingest/infra/constructs/launch-template.ts',
    find: 'httpPutResponseHopLimit: 1,',
    replace: 'httpPutResponseHopLimit: 2,',
    tests: ['ingest/test/infra/ingest-stack.test.ts'],
    titles: 'demands IMDSv2 within one hop',
  },
  {
    name: 'local lake: rows acknowledged but missing in raw are no problem of the run',
    file: 'cli/run.ts',
    find: 'posted.stored !== found) {',
    replace: 'posted.stored < found) {',
    tests: ['cli/test/run.test.ts'],
    titles: 'what is wrong with a run fewer rows than were acknowledged',
  },
];
