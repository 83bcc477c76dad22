import { rowsRefused } from './accounting';
import { count, plural } from './format';
import type { LoadedObject, UnplacedRows } from './input/ledger';
import type { Quarantined } from './input/quarantined';
import type { LocalLake } from './lake';

/** How much of what came in was fit to be data. */
export interface Accepted {
  /** Rows that this run took in, or, when it took nothing in, that the lake holds. An object whose rows cannot be counted is one. */
  readonly rowsIn: number;
  /** Those that are not in quarantine; duplicates are among them. */
  readonly rowsAccepted: number;
  /** Least share of them, 0 to 1; undefined: at least one. */
  readonly least: number | null;
  readonly isEnough: boolean;
}

/**
 * @param keys of the raw and quarantine objects that this run put or found waiting
 * @param least share of rows. @default at least one row
 * @param objects each row of a producer once. @default those of the ledger
 */
export function acceptedRows(
  lake: LocalLake,
  dataset: string,
  quarantine: readonly Quarantined[],
  keys: ReadonlySet<string>,
  least: number | undefined,
  objects: readonly LoadedObject[] = lake.ledger.objects(dataset),
): Accepted {
  const entries: readonly (LoadedObject | UnplacedRows)[] = [...objects, ...lake.ledger.unplaced(dataset)];
  const own = entries.filter(({ key }) => keys.has(key));
  const looked = own.length > 0 ? own : entries;
  const counted = new Set(looked.map(({ key }) => key));
  const rowsIn = looked.reduce((sum, { rows }) => sum + (rows ?? 1), 0);
  const refused = quarantine
    .filter(({ key, entry }) => own.length === 0 || counted.has(key) || counted.has(entry))
    .reduce((sum, entry) => sum + (rowsRefused(lake, entry) ?? 1), 0);
  const rowsAccepted = Math.max(0, rowsIn - refused);
  // Shares such as 0.07 are no exact fractions of two.
  const isEnough = least === undefined ? rowsAccepted > 0 : rowsAccepted >= least * rowsIn - 1e-9 * rowsIn;
  return { rowsIn, rowsAccepted, least: least ?? null, isEnough };
}

/** What is said when too few rows were accepted. */
export function tooFew({ rowsIn, rowsAccepted, least }: Accepted): string {
  if (rowsIn === 0) return 'no row came in';
  const found =
    rowsAccepted === 0
      ? `none of ${plural(rowsIn, 'row')} was`
      : `${count(rowsAccepted)} of ${plural(rowsIn, 'row')} were`;
  return `${found} accepted${least === null ? '' : `, and --min-accepted is ${Number((100 * least).toFixed(6))}%`}`;
}
