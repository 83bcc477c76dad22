import { isDeepStrictEqual } from 'node:util';
import type { Held } from './held';

/** What a deployment does to a resource that is there. */
export type ResourceChange =
  /** `isKept`: CloudFormation lets go of it and does not delete it. */
  | { readonly kind: 'deleted'; readonly isKept: boolean; readonly property?: undefined }
  | { readonly kind: 'replaced'; readonly isKept: boolean; readonly property: Property }
  /** CloudFormation refuses it. */
  | { readonly kind: 'retyped'; readonly type: string }
  /** From now on, a deletion or replacement deletes it. */
  | { readonly kind: 'unprotected'; readonly property: Property };

export interface Property {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

const keeps = (policy: string | undefined): boolean => policy !== undefined && policy !== 'Delete';

export const isKeptWhenReplaced = ({ updateReplacePolicy }: Held): boolean => keeps(updateReplacePolicy);

/** @param now undefined: the template has no such logical id any more */
export function changesOf(before: Held, now: Held | undefined): readonly ResourceChange[] {
  if (now === undefined) return [{ kind: 'deleted', isKept: keeps(before.deletionPolicy) }];
  if (now.type !== before.type) return [{ kind: 'retyped', type: now.type }];
  const replaced = [...new Set([...Object.keys(before.fixed), ...Object.keys(now.fixed)])]
    .filter((path) => !isDeepStrictEqual(before.fixed[path], now.fixed[path]))
    .map((path): ResourceChange => {
      const property = { path, from: before.fixed[path], to: now.fixed[path] };
      return { kind: 'replaced', isKept: isKeptWhenReplaced(before), property };
    });
  const policies = (['deletionPolicy', 'updateReplacePolicy'] as const)
    .filter((policy) => keeps(before[policy]) && !keeps(now[policy]))
    .map((path): ResourceChange => ({ kind: 'unprotected', property: { path, from: before[path], to: now[path] } }));
  return [...replaced, ...policies];
}
