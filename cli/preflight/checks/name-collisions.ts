import { type DeployedResource, stackPermissions } from '../account/stacks';
import { BadCredentials, ServiceNotActivated } from '../aws/errors';
import { type Check, error, type Finding, ok, unknown } from '../check';
import type { Context } from '../context';
import { NAMED_TYPES, namedBy, unknownNames } from '../names';
import type { NamedResource, NamedType } from '../names/named-type';
import { unseen } from '../unseen';

/**
 * Names that the templates give, and that something else in the account has already: the deployment would fail with
 * "already exists". What one of the stage's own stacks owns is not a collision.
 */
export const nameCollisions: Check = {
  id: 'name-collisions',
  permissions: (scope) => [...stackPermissions(scope), ...NAMED_TYPES.flatMap((type) => type.permissions(scope))],
  async run(context) {
    const own = (await context.deployed()).flatMap(({ resources }) => resources);
    const looks = await Promise.all(NAMED_TYPES.map((type) => look(context, type, own)));
    const findings = looks.flatMap(({ findings: some }) => some);
    const names = looks.reduce((sum, { names: some }) => sum + some, 0);
    const others = unknownNames(context.assembly);
    return [
      ...findings,
      ...(others.length === 0
        ? []
        : [
            unknown(
              `names of these types are not looked up: ${others.join(', ')}`,
              'Look for them by hand, or add the type to cli/preflight/names.',
            ),
          ]),
      ...(names > 0 ? [ok(`${names} names are free, or belong to stacks of this stage`)] : []),
    ];
  },
};

/** One type that cannot be looked up must not hide what the others find. */
async function look(
  context: Context,
  type: NamedType,
  own: readonly DeployedResource[],
): Promise<{ findings: readonly Finding[]; names: number }> {
  const named = namedBy(context.assembly, type);
  if (named.length === 0) return { findings: [], names: 0 };
  try {
    const taken = await type.existing(context, named);
    const foreign = taken.filter((resource) => !own.some((candidate) => isSame(candidate, resource)));
    return {
      findings: foreign.map((resource) => collision(context, type, resource)),
      names: named.length - foreign.length,
    };
  } catch (cause) {
    if (cause instanceof BadCredentials || cause instanceof ServiceNotActivated) throw cause;
    return { findings: [unseen(cause, `names of each ${type.thing}`)], names: 0 };
  }
}

const collision = ({ settings }: Context, { thing }: NamedType, { name, stack }: NamedResource): Finding =>
  error(
    `the ${thing} ${name} exists, and no stack of this stage owns it: ${stack} could not create it`,
    `Delete it if an earlier deployment left it behind; otherwise choose another \`prefix\` in config/stages/${settings.name}.ts.`,
  );

/** A physical id is the name itself, an ARN that ends with it, or the name and more (`name|id|REGIONAL` of a web ACL). */
const isSame = ({ type, physicalId }: DeployedResource, { Type, name }: NamedResource): boolean =>
  type === Type &&
  (physicalId === name ||
    [`:${name}`, `/${name}`].some((end) => physicalId.endsWith(end)) ||
    physicalId.startsWith(`${name}|`));
