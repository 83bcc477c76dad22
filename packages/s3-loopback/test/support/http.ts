import { type Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  /** Request target, sent as it is. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default a connection of its own */
  readonly agent?: Agent;
  /** Pieces are written one by one. */
  readonly body?: readonly (string | Buffer)[];
}

/** One HTTP request, without a client that tidies it up. */
export function send(
  port: number,
  { method = 'GET', path, headers = {}, body = [], agent }: RawRequest,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, headers: { ...headers }, agent: agent ?? false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      },
    );
    outgoing.on('error', reject);
    for (const piece of body) outgoing.write(piece);
    outgoing.end();
  });
}

/** Value of an element of an XML answer. */
export const elementText = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
