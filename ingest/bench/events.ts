/** Bodies of requests with ever new events of access_logs, 500 bytes each, made by overwriting a few digits. */

const DIGITS = 12;
const LINE_BYTES = 500;

function line(id: string): string {
  const event = {
    event_id: `bench-${id}`,
    event_time: new Date().toISOString(),
    client_ip: '203.0.113.77',
    method: 'GET',
    path: '/catalogue/shoes/running?colour=blue&size=43&page=2',
    protocol: 'HTTP/1.1',
    status: 200,
    bytes: 48_213,
    referrer: 'https://shop.example/catalogue/shoes',
    user_agent: '',
  };
  const agent =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 ';
  const missing = LINE_BYTES - 1 - JSON.stringify(event).length;
  return JSON.stringify({ ...event, user_agent: agent.repeat(3).slice(0, missing) });
}

export class Bodies {
  readonly #template: Buffer;
  readonly #idAt: readonly number[];
  #next = 0;

  /** @param head what stands before each body: the request line and headers */
  constructor(
    readonly events: number,
    head: (bodyBytes: number) => string,
    runId: number,
  ) {
    this.#next = runId;
    const marker = '0'.repeat(DIGITS);
    const body = Array.from({ length: events }, () => line(marker)).join('\n');
    this.#template = Buffer.from(`${head(Buffer.byteLength(body))}${body}`);
    const idAt: number[] = [];
    const needle = Buffer.from(`bench-${marker}`);
    for (let at = this.#template.indexOf(needle); at >= 0; at = this.#template.indexOf(needle, at + 1)) {
      idAt.push(at + 'bench-'.length);
    }
    this.#idAt = idAt;
  }

  /** The next request, in a buffer of its own: the socket may send it later. */
  next(): Buffer {
    const request = Buffer.from(this.#template);
    for (const at of this.#idAt) {
      let left = this.#next;
      this.#next += 1;
      for (let digit = at + DIGITS - 1; digit >= at && left > 0; digit -= 1) {
        request[digit] = 0x30 + (left % 10);
        left = Math.floor(left / 10);
      }
    }
    return request;
  }
}
