import { S3Error } from './errors';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Characters that markup or line-end normalisation would change, and controls that XML 1.0 cannot hold literally. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold any control character
const SPECIAL = /[&<>"\u0000-\u001f\u007f\ufffe\uffff]/g;
const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeXml = (text: string): string =>
  text.replace(SPECIAL, (c) => NAMED[c] ?? `&#x${c.charCodeAt(0).toString(16)};`);

export type XmlValue = string | number | boolean;

/** `<name>text</name>`, escaped. */
export const element = (name: string, value: XmlValue): string =>
  `<${name}>${typeof value === 'string' ? escapeXml(value) : value}</${name}>`;

/** Like `element`, or nothing for an absent value. */
export const optionalElement = (name: string, value: XmlValue | undefined): string =>
  value === undefined ? '' : element(name, value);

/** `<name>…</name>` around content that is XML already. */
export const wrap = (name: string, content: string): string => `<${name}>${content}</${name}>`;

/** A whole response document in S3's namespace. */
export const xmlDocument = (name: string, content: string): string =>
  `${DECLARATION}<${name} xmlns="${NAMESPACE}">${content}</${name}>`;

/** Error documents carry no namespace. */
export const errorDocument = (content: string): string => DECLARATION + wrap('Error', content);

export interface XmlNode {
  readonly name: string;
  readonly children: readonly XmlNode[];
  /** Character data, entities resolved; empty when the node has children. */
  readonly text: string;
}

const TOKEN = /<\?xml[^?]*\?>|<(\/?)([A-Za-z_][\w.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const ENTITY = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));|&/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const MAX_DEPTH = 8;

interface OpenNode {
  readonly name: string;
  readonly children: XmlNode[];
  text: string;
}

/**
 * Parses the small request documents of S3 (DeleteObjects, CompleteMultipartUpload, versioning, bucket location).
 * Strict: elements, attributes and character data only. Comments, CDATA, DTDs and custom entities are refused.
 * @throws S3Error MalformedXML
 */
export function parseXml(source: string): XmlNode {
  const root: OpenNode = { name: '', children: [], text: '' };
  const open: OpenNode[] = [root];
  const token = new RegExp(TOKEN);
  for (let at = source.startsWith('\ufeff') ? 1 : 0; at < source.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(source);
    if (match === null) throw new S3Error('MalformedXML');
    const [, closing, name, , empty, text] = match;
    const top = open[open.length - 1] as OpenNode;
    if (text !== undefined) {
      top.text += text.replace(ENTITY, resolveEntity);
    } else if (name === undefined) {
      if (match.index !== 0 && source.slice(0, match.index).trim() !== '\ufeff') throw new S3Error('MalformedXML');
    } else if (closing === '/') {
      close(open, name);
    } else {
      if (open.length > MAX_DEPTH) throw new S3Error('MalformedXML');
      open.push({ name, children: [], text: '' });
      if (empty === '/') close(open, name);
    }
  }
  const [document, ...rest] = root.children;
  if (open.length !== 1 || document === undefined || rest.length > 0 || root.text.trim() !== '') {
    throw new S3Error('MalformedXML');
  }
  return document;
}

function close(open: OpenNode[], name: string): void {
  const node = open.pop() as OpenNode;
  const parent = open[open.length - 1];
  if (parent === undefined || node.name !== name) throw new S3Error('MalformedXML');
  if (node.children.length > 0 && node.text.trim() !== '') throw new S3Error('MalformedXML');
  parent.children.push({ name, children: node.children, text: node.children.length > 0 ? '' : node.text });
}

function resolveEntity(_: string, name?: string, decimal?: string, hex?: string): string {
  if (name !== undefined) return ENTITIES[name] as string;
  const code = Number.parseInt(decimal ?? hex ?? '', decimal === undefined ? 16 : 10);
  if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) throw new S3Error('MalformedXML');
  return String.fromCodePoint(code);
}

export const childText = (node: XmlNode, name: string): string | undefined =>
  node.children.find((child) => child.name === name)?.text;
