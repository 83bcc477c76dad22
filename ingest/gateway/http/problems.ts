/** A request that is refused as a whole, in the form of RFC 9457. */
export interface Problem {
  readonly status: number;
  /** For programs: the last part of `type`; see ingest/docs/ingest.md#answers. */
  readonly code: string;
  readonly detail: string;
  /** Whole seconds, for the `Retry-After` header. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** Seconds after which a retry is worthwhile, where nothing better is known. */
export const RETRY_SECONDS = 1;

export const overloaded = (code: string, detail: string): RefusedError =>
  new RefusedError({ status: 503, code, detail, retryAfterSeconds: RETRY_SECONDS });

export const PROBLEM_TYPE = 'application/problem+json';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

export function problemBody({ status, code, detail }: Problem, requestId: string): string {
  const title = TITLES[status] ?? 'Error';
  return JSON.stringify({ type: `urn:lake:ingest:${code}`, title, status, detail, requestId });
}
