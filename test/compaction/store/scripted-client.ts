import { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../../lambda/compaction/store/s3-object-store';

/** A request as the SDK would send it. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ScriptedAnswer {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default none */
  readonly body?: string | Buffer;
}

/** What S3 says when it refuses a request. */
export const refusal = (status: number, code: string, message = 'by the test'): ScriptedAnswer => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

/** The SDK's client, which writes and reads every byte of a request, over answers that a test gives. Each call is one attempt. */
export function scriptedClient(answer: (request: SentRequest) => ScriptedAnswer | Promise<ScriptedAnswer>): {
  readonly client: S3Client;
  readonly requests: SentRequest[];
} {
  const requests: SentRequest[] = [];
  const client = new S3Client({
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    // Requests without a digest of their body, which would stand between the bytes and the test.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: {
      handle: async (given: Omit<SentRequest, 'body'> & { readonly body?: string | Uint8Array }) => {
        const { method, path, query, headers } = given;
        const request = { method, path, query, headers, body: Buffer.from(given.body ?? '') };
        requests.push(request);
        const { status = 200, headers: own = {}, body = '' } = await answer(request);
        return { response: { statusCode: status, headers: own, body: Readable.from([Buffer.from(body)]) } };
      },
    },
  });
  return { client, requests };
}

/** Bytes of a part of uploads: few, so that a file of a few bytes has parts. */
export const SCRIPTED_PART = 10;

/** The shipped store over such a client. */
export function scriptedStore(answer: Parameters<typeof scriptedClient>[0]): {
  readonly store: S3ObjectStore;
  readonly requests: SentRequest[];
} {
  const { client, requests } = scriptedClient(answer);
  return { store: new S3ObjectStore(client, SCRIPTED_PART), requests };
}

/** One whose requests all get the same answer. */
export const always = (answer: ScriptedAnswer): ReturnType<typeof scriptedStore> => scriptedStore(() => answer);

/** What the error says when S3 leaves out what its protocol requires. */
export const INCOMPLETE = 'S3 answered without a field that its protocol requires';

const CONDITIONS = ['if-match', 'if-none-match', 'x-amz-copy-source-if-match'];

/** Headers that say under which condition a request holds. */
export const conditionsOf = ({ headers }: SentRequest): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => CONDITIONS.includes(name)));

/**
 * Holds answers back until so many requests are on their way at a time, and then for long enough that one too many would come.
 *
 * @returns what an answer waits for, and the most that there were
 */
export function gatherRequests(wanted: number): { readonly arrive: () => Promise<void>; readonly most: () => number } {
  const held: (() => void)[] = [];
  let most = 0;
  const release = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    for (const go of held.splice(0)) go();
  };
  return {
    arrive: () =>
      new Promise((resolve) => {
        held.push(resolve);
        most = Math.max(most, held.length);
        if (held.length === wanted) void release();
      }),
    most: () => most,
  };
}
