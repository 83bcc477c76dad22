import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status?: number;
  /** An object is sent as JSON, a text as it is; a function is given the body of the request, or its query where it has none. */
  readonly body?: unknown;
  /** Headers of the request without which the call is refused. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * An HTTP server in the place of AWS, for what an emulator does not answer. It knows a call by the operation that the request
 * names (`x-amz-target`, or `Action` of a form) and else by method and path. A call without an answer is refused as IAM refuses one.
 */
export class AwsStandIn {
  readonly calls: string[] = [];
  readonly #server: Server;
  readonly #answers: Readonly<Record<string, Answer>>;
  #restore: () => void = () => {};

  private constructor(answers: Readonly<Record<string, Answer>>) {
    this.#answers = answers;
    this.#server = createServer((request, response) => {
      void operationOf(request).then(({ operation, isForm, sent }) => {
        this.calls.push(operation);
        const answer = this.#answers[operation];
        const hasHeaders = Object.entries(answer?.headers ?? {}).every(
          ([name, value]) => request.headers[name] === value,
        );
        const { status = 200, body: given } = answer !== undefined && hasHeaders ? answer : denied(isForm);
        const body: unknown = typeof given === 'function' ? given(sent) : given;
        const isText = typeof body === 'string';
        response.writeHead(status, { 'content-type': isText ? 'text/xml' : 'application/json' });
        response.end(body === undefined || request.method === 'HEAD' ? '' : isText ? body : JSON.stringify(body));
      });
    });
  }

  /** Has every client that is opened from now on talk to the stand-in. */
  static async start(answers: Readonly<Record<string, Answer>>): Promise<AwsStandIn> {
    const standIn = new AwsStandIn(answers);
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve));
    const { port } = standIn.#server.address() as AddressInfo;
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    standIn.#restore = () => {
      for (const name of [
        'AWS_ENDPOINT_URL',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_EC2_METADATA_DISABLED',
      ]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    };
    return standIn;
  }

  async stop(): Promise<void> {
    this.#restore();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface Asked {
  readonly operation: string;
  readonly isForm: boolean;
  readonly sent: string;
}

async function operationOf(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const sent = chunks.length === 0 ? query : Buffer.concat(chunks).toString('utf8');
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return { operation: target.split('.').at(-1) ?? '', isForm: false, sent };
  const action = new URLSearchParams(sent).get('Action');
  if (action !== null) return { operation: action, isForm: true, sent };
  return { operation: `${request.method} ${path}`, isForm: false, sent };
}

const denied = (isForm: boolean): Answer =>
  isForm
    ? failure('AccessDenied', 403)
    : { status: 403, body: { __type: 'AccessDeniedException', message: 'not authorized' } };

/** How the query protocol reports an error. */
export const failure = (code: string, status = 400): Answer => ({
  status,
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>${code}</Message></Error></ErrorResponse>`,
});

/** How the JSON protocols report an error. */
export const jsonFailure = (code: string, status = 400): Answer => ({ status, body: { __type: code, message: code } });

/** What the account has of any quota. */
export const quota = (value: number): Readonly<Record<string, Answer>> => ({
  GetServiceQuota: { body: { Quota: { Value: value } } },
});
