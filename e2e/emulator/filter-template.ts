import type { NotEmulated } from './not-emulated';

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Output>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
}

interface Output {
  readonly Value: unknown;
  readonly Export?: { readonly Name: unknown };
}

export interface Removed {
  /** Type of each resource that was taken out, by its logical id. */
  readonly resources: ReadonlyMap<string, string>;
  /** Properties of other resources that referred to them, as `LogicalId.Property.Path`, and outputs as `Outputs.Id`. */
  readonly references: readonly string[];
  /** Names of exports that went away with their outputs. */
  readonly exports: ReadonlySet<string>;
}

/**
 * Takes resources out of a template, and everything that refers to them: properties, list elements, outputs, `DependsOn`. A
 * property that holds a reference somewhere inside of an intrinsic function goes as a whole.
 *
 * @param lostExports of other templates: an `Fn::ImportValue` of one counts as a reference too
 */
export function filterTemplate(
  template: Template,
  list: readonly NotEmulated[],
  lostExports: ReadonlySet<string> = new Set(),
): { template: Template; removed: Removed } {
  const resources = new Map(
    Object.entries(template.Resources)
      .filter(([, { Type, Properties = {} }]) =>
        list.some(({ type, when }) => type === Type && (when === undefined || when(Properties))),
      )
      .map(([id, { Type }]) => [id, Type]),
  );
  const references: string[] = [];
  const refers = (value: unknown): boolean => refersTo(value, resources, lostExports);
  const kept: Record<string, Resource> = {};
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (resources.has(id)) continue;
    const { DependsOn, Properties, ...rest } = resource;
    const others = asList(DependsOn).filter((other) => !resources.has(other));
    kept[id] = {
      ...rest,
      ...(Properties === undefined
        ? {}
        : { Properties: strip(Properties, id, refers, references) as Record<string, unknown> }),
      ...(others.length === 0 ? {} : { DependsOn: others }),
    };
  }
  const exports = new Set<string>();
  const outputs: Record<string, Output> = {};
  for (const [id, output] of Object.entries(template.Outputs ?? {})) {
    if (!refers(output.Value)) {
      outputs[id] = output;
      continue;
    }
    references.push(`Outputs.${id}`);
    if (typeof output.Export?.Name === 'string') exports.add(output.Export.Name);
  }
  return {
    template: { ...template, Resources: kept, ...(template.Outputs === undefined ? {} : { Outputs: outputs }) },
    removed: { resources, references, exports },
  };
}

function strip(value: unknown, path: string, refers: (value: unknown) => boolean, found: string[]): unknown {
  const gone = (child: unknown, name: string): boolean => {
    // An object that is not an intrinsic function is searched further: only the part that refers is lost.
    const whole = refers(child) && (isIntrinsic(child) || typeof child !== 'object');
    if (whole) found.push(`${path}.${name}`);
    return whole;
  };
  if (Array.isArray(value)) {
    return value
      .filter((child, index) => !gone(child, String(index)))
      .map((child, index) => strip(child, `${path}.${index}`, refers, found));
  }
  if (typeof value !== 'object' || value === null || isIntrinsic(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, child]) => !gone(child, name))
      .map(([name, child]) => [name, strip(child, `${path}.${name}`, refers, found)]),
  );
}

function isIntrinsic(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && /^(Ref|Condition|Fn::.+)$/.test(keys[0] ?? '');
}

function refersTo(value: unknown, ids: ReadonlyMap<string, string>, exports: ReadonlySet<string>): boolean {
  if (Array.isArray(value)) return value.some((child) => refersTo(child, ids, exports));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, child]) => {
    if (key === 'Ref' && ids.has(child)) return true;
    if (key === 'Fn::GetAtt' && ids.has(Array.isArray(child) ? child[0] : String(child).split('.')[0])) return true;
    if (key === 'Fn::ImportValue' && exports.has(child)) return true;
    if (key === 'Fn::Sub' && substitutes(child).some((id) => ids.has(id))) return true;
    return refersTo(child, ids, exports);
  });
}

/** Logical ids in the text of `Fn::Sub`. */
function substitutes(sub: unknown): string[] {
  const text = Array.isArray(sub) ? sub[0] : sub;
  return [...String(text).matchAll(/\$\{([^!.}][^.}]*)/g)].map((match) => match[1] ?? '');
}

const asList = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;
