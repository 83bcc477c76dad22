import { stackPermissions } from '../account/stacks';
import { type Check, error, ok } from '../check';

const TABLE = 'AWS::Glue::Table';

/**
 * Tables that lie in one stack and would lie in another: `manyDatasets` was set, or its number of stacks changed. The first stack
 * deletes them, the second makes them again; meanwhile queries fail, and grants of Lake Formation on them are lost.
 */
export const movedTables: Check = {
  id: 'moved-tables',
  permissions: stackPermissions,
  async run({ assembly, settings, deployed }) {
    const homes = new Map(
      assembly.stacks.flatMap(({ name, template }) =>
        Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === TABLE ? [[id, name] as const] : [])),
      ),
    );
    const tables = (await deployed()).flatMap(({ name: stack, resources }) =>
      resources.filter(({ type }) => type === TABLE).map((table) => ({ ...table, stack })),
    );
    const moved = tables.filter(({ logicalId, stack }) => (homes.get(logicalId) ?? stack) !== stack);
    if (moved.length === 0) return [ok(`${tables.length} tables stay in their stacks`)];
    return [...new Set(moved.map(({ stack }) => stack))].map((stack) => {
      const names = new Set(moved.filter((one) => one.stack === stack).map(({ physicalId }) => datasetOf(physicalId)));
      const number = /-datasets-(\d+)$/.exec(stack)?.[1] ?? '0';
      return error(
        `tables of ${names.size} datasets would leave ${stack} for another stack, which deletes them and makes them again`,
        `In config/stages/${settings.name}.ts write manyDatasets.placed: { ${Number(number)}: [${[...names]
          .map((name) => `'${name}'`)
          .join(', ')}] }, beside those that are placed there.`,
      );
    });
  },
};

/** The physical id is the table's name, which is the dataset's; some write the database before it. */
const datasetOf = (physicalId: string): string => physicalId.split('|').at(-1) ?? physicalId;
