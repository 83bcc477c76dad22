import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** A template's JSON with every intrinsic function written as text: `<Raw.Arn>/raw/*`. Ids lose their hashes. */
export interface ReadableResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties differ by resource type; assertions read them by path
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
}

export interface ReadableTemplate {
  readonly Description: string;
  readonly Resources: Readonly<Record<string, ReadableResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: string; readonly Description?: string }>>;
}

export function readable(stack: Stack): ReadableTemplate {
  const { Parameters: _bootstrap, Rules: _rules, ...template } = Template.fromStack(stack).toJSON();
  return plain(template) as ReadableTemplate;
}

/** Resources of one type, by id. */
export const resourcesOf = (template: ReadableTemplate, type: string): Readonly<Record<string, ReadableResource>> =>
  Object.fromEntries(Object.entries(template.Resources).filter(([, resource]) => resource.Type === type));

/** The only resource of a type whose id begins so. */
export function resourceOf(template: ReadableTemplate, type: string, idPrefix = ''): ReadableResource {
  const found = Object.entries(resourcesOf(template, type)).filter(([id]) => id.startsWith(idPrefix));
  if (found.length !== 1) throw new Error(`${found.length} resources of ${type} begin with '${idPrefix}'`);
  return (found[0] as [string, ReadableResource])[1];
}

const plain = (value: unknown): unknown => {
  if (typeof value === 'string') return shorten(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1) {
    if (name === 'Ref') return `<${shorten(argument)}>`;
    if (name === 'Fn::GetAtt') return `<${argument.map(shorten).join('.')}>`;
    if (name === 'Fn::ImportValue') return `<${plain(argument)}>`;
    if (name === 'Fn::Join' && Array.isArray(argument[1])) return argument[1].map(plain).join(argument[0]);
  }
  return Object.fromEntries(entries.map(([key, inner]) => [shorten(key), plain(inner)]));
};

/** Logical ids end in eight hex digits; assets are named by 64; exports spell both out. */
const shorten = (text: string): string =>
  text
    .replaceAll(/[0-9a-f]{64}/g, '<asset>')
    .replaceAll(/:ExportsOutput(?:Ref|FnGetAtt)(\w+?)[0-9A-F]{8}(Arn|)(?:\w*?[0-9A-F]{8})?\b/g, ':$1$2')
    .replaceAll(/\b([A-Za-z][A-Za-z0-9]*?)[0-9A-F]{8}\b/g, '$1');
