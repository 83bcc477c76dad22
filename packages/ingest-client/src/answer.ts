import { EventConflictError, EventRejectedError, RequestRefusedError } from './errors';

/** What the gateway said of one event. */
export type Judgement =
  | { readonly status: 'stored' | 'duplicate' }
  | { readonly status: 'rejected'; readonly error: EventRejectedError }
  | { readonly status: 'conflict'; readonly error: EventConflictError };

/** What to do after an answer. */
export type Verdict =
  /** Each event has its result, by position. */
  | { readonly kind: 'judged'; readonly judgements: readonly Judgement[] }
  | { readonly kind: 'again'; readonly reason: Error; readonly retryAfterMs: number }
  /** The token was refused. */
  | { readonly kind: 'token'; readonly error: RequestRefusedError }
  /** The request is larger than this gateway takes; nothing of it was stored. */
  | { readonly kind: 'smaller'; readonly error: RequestRefusedError }
  | { readonly kind: 'refused'; readonly error: RequestRefusedError };

/** 408 and 5xx of whatever stands between: the gateway itself gives 500 and 503. */
const AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Reads an answer. Only an answer that accounts for every event of the request counts as an acknowledgement; anything else
 * with a status of success, say of a proxy, is not an answer at all.
 *
 * @param ids of the events of the request, by position
 */
export function readAnswer(status: number, headers: Headers, text: string, ids: readonly string[]): Verdict {
  const body = parse(text);
  if (status === 200 || status === 207 || status === 409 || status === 422) {
    const judgements = judge(body, ids);
    if (judgements !== undefined) return { kind: 'judged', judgements };
    // A problem document with 409 or 422 is none of the gateway's; success without an account is not believed.
    const reason = new Error(`the answer (${status}) does not account for the ${ids.length} events of the request`);
    return { kind: 'again', reason, retryAfterMs: 0 };
  }
  const error = new RequestRefusedError(status, codeOf(body), detailOf(body, text));
  if (AGAIN.has(status)) return { kind: 'again', reason: error, retryAfterMs: retryAfterMs(headers) };
  if (status === 401) return { kind: 'token', error };
  if (status === 413) return { kind: 'smaller', error };
  return { kind: 'refused', error };
}

function judge(body: Readonly<Record<string, unknown>>, ids: readonly string[]): Judgement[] | undefined {
  // A gateway of before knows no conflicts.
  const { stored, duplicates, conflicts = 0, rejected, failed, skipped, results } = body;
  if (failed !== 0 || skipped !== 0 || !Array.isArray(results)) return undefined;
  const judgements: (Judgement | undefined)[] = ids.map(() => undefined);
  const counts = { stored: 0, duplicate: 0, conflict: 0, rejected: 0 };
  for (const result of results as readonly Readonly<Record<string, unknown>>[]) {
    const { index, status } = result;
    if (!isCount(index) || index >= ids.length || judgements[index] !== undefined) return undefined;
    if (!isFinal(status)) return undefined;
    counts[status] += 1;
    judgements[index] = judgement(status, ids[index] as string, result);
  }
  // Of many events, those at the end have no entry of their own: ranges say what became of them.
  for (const [status, first, last] of ranges(body.omitted)) {
    if (!isCount(first) || !isCount(last) || last >= ids.length) return undefined;
    if (!isFinal(status)) return undefined;
    for (let index = first; index <= last; index += 1) {
      if (judgements[index] !== undefined) return undefined;
      counts[status] += 1;
      judgements[index] = judgement(status, ids[index] as string, OMITTED);
    }
  }
  if (counts.stored !== stored || counts.duplicate !== duplicates) return undefined;
  if (counts.conflict !== conflicts || counts.rejected !== rejected) return undefined;
  // All results were asked for, so what is missing was not accounted for.
  return judgements.every((judgement) => judgement !== undefined) ? judgements : undefined;
}

const isFinal = (status: unknown): status is Judgement['status'] =>
  status === 'stored' || status === 'duplicate' || status === 'conflict' || status === 'rejected';

const OMITTED = { code: 'omitted', message: 'the answer had no room for the reason; send it again with fewer others' };

/** `{"rejected":[[1000,1999]]}` as status, first and last index. */
function ranges(omitted: unknown): (readonly [string, unknown, unknown])[] {
  if (typeof omitted !== 'object' || omitted === null) return [];
  return Object.entries(omitted).flatMap(([status, list]: [string, unknown]) =>
    (Array.isArray(list) ? list : [undefined]).map((range: unknown): readonly [string, unknown, unknown] =>
      Array.isArray(range) ? [status, range[0], range[1]] : [status, undefined, undefined],
    ),
  );
}

function judgement(status: Judgement['status'], id: string, result: Readonly<Record<string, unknown>>): Judgement {
  if (status === 'rejected') return rejection(id, result);
  if (status !== 'conflict') return { status };
  return {
    status,
    error: new EventConflictError(id, `event ${id} is in conflict: another event was stored under its id`),
  };
}

function rejection(id: string, { code, field, message }: Readonly<Record<string, unknown>>): Judgement {
  const name = typeof field === 'string' ? field : undefined;
  const why = typeof message === 'string' ? message : 'no reason given';
  const text = `event ${id} is rejected${name === undefined ? '' : `: ${name}`}: ${why}`;
  const error = new EventRejectedError(id, typeof code === 'string' ? code : 'unknown', name, text);
  return { status: 'rejected', error };
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    // A text, a number or a list has none of the members that are looked for.
    return (JSON.parse(text) as Readonly<Record<string, unknown>> | null) ?? {};
  } catch {
    return {};
  }
}

const codeOf = ({ type }: Readonly<Record<string, unknown>>): string =>
  /^urn:lake:ingest:([a-z-]+)$/.exec(String(type))?.[1] ?? 'unknown';

const detailOf = ({ detail, failed }: Readonly<Record<string, unknown>>, text: string): string => {
  if (typeof detail === 'string') return detail;
  return isCount(failed) ? `${failed} events are not known to be durable` : text.slice(0, 200);
};

/** Seconds or a date, as RFC 9110 has it. 0 if there is none, or none that can be read. */
export function retryAfterMs(headers: Headers, now = Date.now()): number {
  const value = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
