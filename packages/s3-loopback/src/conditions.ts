import type { IncomingHttpHeaders } from 'node:http';
import { noSuchKey, S3Error } from './errors';
import type { ObjectVersion } from './journal';

const failed = (condition: string): S3Error => new S3Error('PreconditionFailed', { details: { Condition: condition } });

const unquote = (tag: string): string => tag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1');

/** Whether a version's ETag is among those of an `If-Match` or `If-None-Match` value. S3 takes them without quotes too. */
function matchesEtag(header: string, version: ObjectVersion): boolean {
  if (header.trim() === '*') return true;
  const etag = unquote(version.etag);
  return header.split(',').some((tag) => unquote(tag) === etag);
}

/** S3 keeps Last-Modified in whole seconds. */
const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

function parseDate(header: string | undefined): number | undefined {
  const time = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(time) ? undefined : seconds(time);
}

export interface ReadConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/** @param prefix `''` for GET and HEAD, `x-amz-copy-source-` for the source of a copy */
export function readConditions(headers: IncomingHttpHeaders, prefix = ''): ReadConditions {
  const header = (name: string): string | undefined => {
    const value = headers[prefix + name];
    return Array.isArray(value) ? value.join(',') : value;
  };
  return {
    ifMatch: header('if-match'),
    ifNoneMatch: header('if-none-match'),
    ifModifiedSince: header('if-modified-since'),
    ifUnmodifiedSince: header('if-unmodified-since'),
  };
}

/**
 * Evaluates the conditions of a read as RFC 9110 orders them: an ETag condition that holds makes the date beside it void.
 * @returns whether the answer is 304 Not Modified
 * @throws S3Error PreconditionFailed
 */
export function isNotModified(conditions: ReadConditions, version: ObjectVersion): boolean {
  const modified = seconds(version.modified);
  if (conditions.ifMatch !== undefined) {
    if (!matchesEtag(conditions.ifMatch, version)) throw failed('If-Match');
  } else {
    const since = parseDate(conditions.ifUnmodifiedSince);
    if (since !== undefined && modified > since) throw failed('If-Unmodified-Since');
  }
  if (conditions.ifNoneMatch !== undefined) return matchesEtag(conditions.ifNoneMatch, version);
  const since = parseDate(conditions.ifModifiedSince);
  return since !== undefined && modified <= since;
}

/**
 * Evaluates the conditions of a write against the current object. Call it in the same turn as the write itself.
 * @throws S3Error PreconditionFailed; NoSuchKey for If-Match where there is no current object; NotImplemented for the
 *   forms that S3 does not accept
 */
export function checkWrite(headers: IncomingHttpHeaders, key: string, current: ObjectVersion | undefined): void {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch !== undefined && ifNoneMatch !== undefined) throw unsupported('If-Match,If-None-Match');
  if (ifMatch === '*') throw unsupported('If-Match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw unsupported('If-None-Match');
  if (ifNoneMatch === '*' && current !== undefined) throw failed('If-None-Match');
  if (ifMatch !== undefined) checkMatch(ifMatch, key, current);
}

/**
 * Evaluates the ETag that a delete or write expects of the current object.
 * @throws S3Error PreconditionFailed, NoSuchKey
 */
export function checkMatch(ifMatch: string, key: string, current: ObjectVersion | undefined): void {
  if (current === undefined) throw noSuchKey(key);
  if (!matchesEtag(ifMatch, current)) throw failed('If-Match');
}

const unsupported = (header: string): S3Error =>
  new S3Error('NotImplemented', {
    details: { Header: header, additionalMessage: `We don't accept the provided value of ${header} for this API` },
  });
