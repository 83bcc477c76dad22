import type { AssemblyResource } from '../assembly/assembly';
import type { Context } from '../context';
import type { Permission } from '../permission';
import type { Scope } from '../scope';

/** A resource with a name that the template gives it, and that must be free in the account. */
export interface NamedResource extends AssemblyResource {
  readonly name: string;
}

/** How to find out whether names of one CloudFormation type are taken. */
export interface NamedType {
  readonly type: string;
  /** What people call it. */
  readonly thing: string;
  /** Property that holds the name. */
  readonly property: readonly string[];
  permissions(scope: Scope): readonly Permission[];
  /** Those that exist in the account, no matter who owns them. */
  existing(context: Context, resources: readonly NamedResource[]): Promise<readonly NamedResource[]>;
}

/** For APIs that look up one name at a time. */
export const oneByOne =
  (exists: (context: Context, resource: NamedResource) => Promise<boolean>): NamedType['existing'] =>
  async (context, resources) => {
    const found = await Promise.all(resources.map((resource) => exists(context, resource)));
    return resources.filter((_, index) => found[index]);
  };
