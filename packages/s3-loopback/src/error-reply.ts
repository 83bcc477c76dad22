import { errorMessage, S3Error } from './errors';
import type { Fault } from './hook';
import { LinkError } from './no-links';
import type { Reply } from './operation';
import type { Address } from './route';
import { element, errorDocument } from './xml';

type Target = Pick<Address, 'bucket' | 'key'>;

/** The answer to a failed request; an error that is not S3's becomes InternalError. */
export function errorReply(error: unknown, target: Target, requestId: string): Reply {
  const known = error instanceof S3Error ? error : internalError(error);
  return document(known.status, known.code, known.message, known.details, known.headers, target, requestId);
}

function internalError(error: unknown): S3Error {
  if (error instanceof LinkError) return new S3Error('AccessDenied', { message: error.message });
  const reason = error instanceof Error ? error.message : String(error);
  return new S3Error('InternalError', { details: { Reason: reason } });
}

/** The answer that a fault hook asked for. */
export function faultReply(fault: Fault, target: Target, requestId: string): Reply | 'drop' {
  if (fault === 'drop') return 'drop';
  return document(fault.status, fault.code, errorMessage(fault.code), {}, [], target, requestId);
}

function document(
  status: number,
  code: string,
  message: string,
  details: Readonly<Record<string, string>>,
  headers: readonly string[],
  target: Target,
  requestId: string,
): Reply {
  const all = { ...(target.key === '' ? {} : { Resource: `/${target.bucket}/${target.key}` }), ...details };
  const elements = Object.entries(all).map(([name, value]) => element(name, value));
  const content =
    element('Code', code) + element('Message', message) + elements.join('') + element('RequestId', requestId);
  return { status, headers: ['Content-Type', 'application/xml', ...headers], body: errorDocument(content) };
}
