import type { Template } from '../preflight/assembly/template';
import { changesOf, isKeptWhenReplaced, type ResourceChange } from './changes';
import { HELD, held, isHeld } from './held';

/** A resource that a deployment replaces or deletes, or leaves unprotected. */
export interface ResourceLoss {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** What it is called in the account, as far as CloudFormation tells. */
  readonly name: string | undefined;
  readonly change: ResourceChange;
  /** What is lost with it; undefined where nothing is. */
  readonly holds: string | undefined;
}

export interface StackTemplates {
  readonly stack: string;
  readonly before: Template;
  readonly after: Template;
  /** Physical ids by logical id. */
  readonly names: ReadonlyMap<string, string>;
}

/** What of a deployed stack a deployment replaces, deletes or leaves unprotected, with what is replaced because of it. */
export function resourceLosses({ stack, before, after, names }: StackTemplates): readonly ResourceLoss[] {
  const losses: ResourceLoss[] = [];
  const replaced = new Set<string>();
  const add = (logicalId: string, change: ResourceChange): void => {
    const resource = before.Resources[logicalId];
    if (resource === undefined) return;
    const { Type: type } = resource;
    if (change.kind === 'replaced') replaced.add(logicalId);
    const holds = isHeld(resource) ? HELD[type] : undefined;
    losses.push({ stack, logicalId, type, name: names.get(logicalId), change, holds });
  };
  for (const [logicalId, resource] of Object.entries(before.Resources)) {
    const now = after.Resources[logicalId];
    for (const change of changesOf(held(resource), now && held(now))) add(logicalId, change);
  }
  for (let known = -1; known < replaced.size; ) {
    known = replaced.size;
    for (const [logicalId, resource] of Object.entries(after.Resources)) {
      const old = before.Resources[logicalId];
      if (replaced.has(logicalId) || old?.Type !== resource.Type) continue;
      const found = Object.entries(held(resource).fixed).flatMap(([path, value]) => {
        const source = [...replaced].find((id) => refersTo(value, id));
        return source === undefined ? [] : [{ path, from: source, to: `the new ${source}` }];
      });
      const [property] = found;
      if (property !== undefined) add(logicalId, { kind: 'replaced', isKept: isKeptWhenReplaced(held(old)), property });
    }
  }
  return losses;
}

/** Whether a value of a template is made of a resource: by `Ref`, `Fn::GetAtt` or `Fn::Sub`. */
function refersTo(value: unknown, logicalId: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => {
    if (name === 'Ref') return inner === logicalId;
    if (name === 'Fn::GetAtt') return [inner].flat()[0] === logicalId || `${inner}`.startsWith(`${logicalId}.`);
    if (name === 'Fn::Sub' && `${[inner].flat()[0]}`.includes(`\${${logicalId}`)) return true;
    return refersTo(inner, logicalId);
  });
}
