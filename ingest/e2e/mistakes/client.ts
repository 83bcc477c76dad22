import type { Mistake } from '../../../e2e/mutants/mistake';

const tests = ['packages/ingest-client/test/client.test.ts'];

export const CLIENT: readonly Mistake[] = [
  {
    name: 'client: 400 is tried again until the deadline',
    file: 'packages/ingest-client/src/answer.ts',
    find: 'const AGAIN = new Set([408,',
    replace: 'const AGAIN = new Set([400, 408,',
    tests,
    titles: 'attempts 400 is final',
  },
  {
    name: 'client: 503 is final',
    file: 'packages/ingest-client/src/answer.ts',
    find: '502, 503, 504]',
    replace: '502, 504]',
    tests,
    titles: 'after 503 the same bytes',
  },
  {
    name: 'client: an answer with failed events is believed',
    file: 'packages/ingest-client/src/answer.ts',
    find: 'if (failed !== 0 || skipped !== 0',
    replace: 'if (skipped !== 0',
    tests: ['packages/ingest-client/test/answer.test.ts'],
    titles: 'failed events',
  },
  {
    name: 'client: each attempt has a key of its own',
    file: 'packages/ingest-client/src/delivery.ts',
    find: "'idempotency-key': batch.key,",
    replace: "'idempotency-key': globalThis.crypto.randomUUID(),",
    tests,
    titles: 'after 503 the same bytes',
  },
  {
    name: 'client: redirects are followed, with the token',
    file: 'packages/ingest-client/src/delivery.ts',
    find: "redirect: 'manual',",
    replace: "redirect: 'follow',",
    tests,
    titles: 'follow no redirect',
  },
  {
    name: 'client: a request that is too large is given up',
    file: 'packages/ingest-client/src/delivery.ts',
    find: 'return this.#split(batch, verdict.error);',
    replace: 'return batch.fail(verdict.error);',
    tests,
    titles: 'are halved until',
  },
  {
    name: 'client: Retry-After is not waited for',
    file: 'packages/ingest-client/src/delivery.ts',
    find: 'return retryAfter + random()',
    replace: 'this.#pausedUntil = 0;\n    return random()',
    tests,
    titles: 'wait for what Retry-After says',
  },
  {
    name: 'client: the buffer grows without end',
    file: 'packages/ingest-client/src/semaphore.ts',
    find: 'if (this.#bytes > 0 && this.#bytes + thing.bytes > this.#limit) return false;',
    replace: '',
    tests,
    titles: 'makes producers wait',
  },
  {
    name: 'client: close() does not send what lingers',
    file: 'packages/ingest-client/src/client.ts',
    find: "it takes no more events'));\n    await this.flush();",
    replace: "it takes no more events'));",
    tests: ['packages/ingest-client/test/client-end.test.ts'],
    titles: 'close\\(\\) sends what is left',
  },
];
