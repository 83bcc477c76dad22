import { readFileSync } from 'node:fs';
import type { Body } from '../body';
import type { Bucket, Deletion } from '../bucket';
import { checkMatch } from '../conditions';
import { S3Error } from '../errors';
import { checkKey } from '../keys';
import type { Operation } from '../operation';
import { singleHeader, xmlReply } from '../operation';
import { childText, element, optionalElement, parseXml, wrap, type XmlNode, xmlDocument } from '../xml';

const MAX_KEYS = 1000;

export const deleteObject: Operation = {
  name: 'DeleteObject',
  async run({ bucket, headers, key, query }) {
    const ifMatch = singleHeader(headers['if-match']);
    await bucket.settle(key);
    const deletion = remove(bucket, { key, versionId: query.get('versionId'), ifMatch });
    const fields: string[] = [];
    if (deletion.marker) fields.push('x-amz-delete-marker', 'true');
    if (deletion.versionId !== undefined) fields.push('x-amz-version-id', deletion.versionId);
    return { status: 204, headers: fields };
  },
};

export const deleteObjects: Operation = {
  name: 'DeleteObjects',
  body: 'xml',
  digestRequired: true,
  async run({ bucket, body }) {
    const { targets, quiet } = parseDelete(body);
    for (const target of targets) await bucket.settle(target.key);
    return xmlReply(
      xmlDocument('DeleteResult', targets.map((target) => removeReporting(bucket, target, quiet)).join('')),
    );
  },
};

interface Target {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly ifMatch: string | undefined;
}

/** @throws S3Error PreconditionFailed or NoSuchKey for a condition that does not hold */
function remove(bucket: Bucket, { key, versionId, ifMatch }: Target): Deletion {
  if (ifMatch !== undefined && versionId !== undefined) {
    throw new S3Error('NotImplemented', {
      message: 'A conditional delete applies to the current version and cannot name a version.',
      details: { Header: 'If-Match' },
    });
  }
  if (ifMatch !== undefined) checkMatch(ifMatch, key, bucket.current(key));
  return versionId === undefined ? bucket.delete(key) : bucket.deleteVersion(key, versionId);
}

function removeReporting(bucket: Bucket, target: Target, quiet: boolean): string {
  const versionId = optionalElement('VersionId', target.versionId);
  try {
    checkKey(target.key);
    const deletion = remove(bucket, target);
    if (quiet) return '';
    const marker = deletion.marker
      ? element('DeleteMarker', true) + optionalElement('DeleteMarkerVersionId', deletion.versionId)
      : '';
    return wrap('Deleted', element('Key', target.key) + versionId + marker);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    const reason = element('Code', error.code) + element('Message', error.message);
    return wrap('Error', element('Key', target.key) + versionId + reason);
  }
}

/** @throws S3Error MalformedXML */
function parseDelete(body: Body): { targets: Target[]; quiet: boolean } {
  const document = parseXml(text(body));
  const objects = document.children.filter((child) => child.name === 'Object');
  if (document.name !== 'Delete' || objects.length === 0 || objects.length > MAX_KEYS) {
    throw new S3Error('MalformedXML');
  }
  return { targets: objects.map(parseTarget), quiet: childText(document, 'Quiet') === 'true' };
}

function parseTarget(node: XmlNode): Target {
  const key = childText(node, 'Key');
  if (key === undefined || key === '') throw new S3Error('MalformedXML');
  return { key, versionId: childText(node, 'VersionId'), ifMatch: childText(node, 'ETag') };
}

/** The document that a request carries. */
export function text({ content }: Body): string {
  return (typeof content === 'string' ? readFileSync(content) : content).toString('utf8');
}
