/**
 * Words that need quoting in Athena, lowercase.
 * Source: https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html
 */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Reserved in DDL statements (backticks needed). `cashe` is in the published list. */
export const DDL_RESERVED = words(`
  all alter and array as authorization between bigint binary boolean both by case cashe cast char column commit conf
  constraint create cross cube current current_date current_timestamp cursor database date dayofweek decimal delete
  describe distinct div double drop else end exchange exists extended external extract false fetch float floor following
  for foreign from full function grant group grouping having if import in inner insert int integer intersect interval
  into is join lateral left less like local macro map more none not null numeric of on only or order out outer over
  partialscan partition percent preceding precision preserve primary procedure range reads reduce references regexp
  revoke right rlike rollback rollup row rows select set smallint start table tablesample then time timestamp to
  transform trigger true truncate unbounded union uniquejoin update user using utc_timestamp values varchar views when
  where window with
`);

/** Reserved in SELECT statements (double quotes needed), by Athena or by Trino, the engine beneath. */
export const DML_RESERVED = words(`
  alter and as between by case cast constraint create cross cube current_catalog current_date current_path
  current_role current_schema current_time current_timestamp current_user deallocate delete describe distinct drop else end escape
  except execute exists extract false first for from full group grouping having in inner insert intersect into is join
  json_array json_exists json_object json_query json_table json_value last left like listagg localtime localtimestamp
  natural normalize not null on or order outer prepare recursive right rollup select skip table then trim true uescape
  union unnest using values when where with
`);

export function isReserved(name: string): boolean {
  return DDL_RESERVED.has(name) || DML_RESERVED.has(name);
}
