import { parseLayout } from '../../lib/dataset/layout-template';
import { isSafePathValue } from '../../lib/dataset/path-values';
import { plural } from '../format';

/** How the folders of the samples are laid out, where not as Hive's. */
export interface FoldersLayout {
  /** As `input.layout` has it. */
  readonly layout: string;
  readonly scheme: 'day' | 'hour' | 'month';
  /** Columns whose values come from the folders. */
  readonly columns: readonly string[];
  /** Days that the folders name, or first days of months, as `yyyy-MM-dd`. */
  readonly days: readonly string[];
  readonly doubts: readonly string[];
}

/** Names of what AWS puts into folders behind `AWSLogs/`. */
const ACCOUNT = /^\d{12}$/;
const REGION = /^(?:us|eu|ap|sa|ca|me|af|il|mx|cn)-(?:gov-)?[a-z]+-\d$/;

interface Unit {
  readonly placeholder: string;
  readonly unit: 'year' | 'month' | 'day' | 'hour';
}

/** Forms of a folder by the unit of time in it; `=` of Hive's folders may stand before it. */
const YEAR = /^(?:[A-Za-z_]\w*=)?(?:19|20)\d\d$/;
const TWO = /^(?:[A-Za-z_]\w*=)?\d\d$/;
const ONE = /^(?:[A-Za-z_]\w*=)?(?:0|[1-9]\d?)$/;
const SINGLE = /^(?:[A-Za-z_]\w*=)?\d$/;
const DATE = /^(?:[A-Za-z_]\w*=)?(?:19|20)\d\d-\d\d-\d\d$/;

/** Undefined where the folders tell no month, differ from file to file in their form, or are none. */
export function readTemplate(paths: readonly string[]): FoldersLayout | undefined {
  const all = paths.map((path) => path.split('/').slice(0, -1));
  const depth = Math.min(...all.map(({ length }) => length));
  const at = (index: number): string[] => all.map((folders) => folders[index] ?? '');
  const start = Array.from({ length: depth }, (_, index) => index).find(
    (index) => at(index).every((folder) => YEAR.test(folder)) || at(index).every((folder) => DATE.test(folder)),
  );
  if (start === undefined) return undefined;
  const units = unitsFrom(start, depth, at);
  const told = units.map(({ unit }) => unit);
  if (!told.includes('month')) return undefined;
  const before = beforeTimes(all.map((folders) => folders.slice(0, start)));
  if (before === undefined) return undefined;
  const isWhole = at(start).every((folder) => DATE.test(folder));
  const times = isWhole
    ? [`${prefixOf(at(start)[0])}{yyyy}-{MM}-{dd}`]
    : units.map(({ placeholder }, index) => `${prefixOf(at(start + index)[0])}${placeholder}`);
  const layout = `${[...before.segments, ...times].join('/')}/`;
  try {
    parseLayout(layout);
  } catch {
    return undefined;
  }
  const number = (folder: string | undefined): string => (folder ?? '').replace(/^.*=/, '').padStart(2, '0');
  const dayOf = (folders: readonly string[]): string =>
    isWhole
      ? number(folders[start])
      : `${number(folders[start])}-${number(folders[start + 1])}-${told.includes('day') ? number(folders[start + 2]) : '01'}`;
  return {
    layout,
    scheme: told.includes('day') ? 'day' : 'month',
    columns: before.columns,
    days: all.map(dayOf),
    doubts: [
      `the folders ${paths[0]?.split('/').slice(0, -1).join('/')}/ are taken for this layout, below raw/<dataset>/`,
      ...(before.columns.length === 0
        ? []
        : [`${plural(before.columns.length, 'column')} from the path: ${before.columns.join(', ')}`]),
    ],
  };
}

const prefixOf = (folder: string | undefined): string => /^[A-Za-z_]\w*=/.exec(folder ?? '')?.[0] ?? '';

function unitsFrom(start: number, depth: number, at: (index: number) => readonly string[]): readonly Unit[] {
  if (at(start).every((folder) => DATE.test(folder))) {
    return [
      { placeholder: '', unit: 'year' },
      { placeholder: '', unit: 'month' },
      { placeholder: '', unit: 'day' },
    ];
  }
  const units: Unit[] = [{ placeholder: '{yyyy}', unit: 'year' }];
  const next = [
    ['month', '{MM}', '{M}', 12],
    ['day', '{dd}', '{d}', 31],
    ['hour', '{HH}', '{H}', 23],
  ] as const;
  // One number without a zero before it tells that no number has one.
  const isBare = [1, 2, 3].some(
    (below) => start + below < depth && at(start + below).some((folder) => SINGLE.test(folder)),
  );
  for (const [index, [unit, padded, bare, most]] of next.entries()) {
    const folders = start + index + 1 < depth ? at(start + index + 1) : [];
    const isNumber = (form: RegExp): boolean =>
      folders.length > 0 && folders.every((folder) => form.test(folder) && Number(folder.replace(/^.*=/, '')) <= most);
    if (!isBare && isNumber(TWO)) units.push({ unit, placeholder: padded });
    else if (isNumber(ONE)) units.push({ unit, placeholder: bare });
    else break;
  }
  return units;
}

/** The folders before those of times: text where all have the same, else a column for each. */
function beforeTimes(all: readonly (readonly string[])[]): { segments: string[]; columns: string[] } | undefined {
  const segments: string[] = [];
  const columns: string[] = [];
  for (const [index, first] of (all[0] ?? []).entries()) {
    const values = all.map((folders) => folders[index] ?? '');
    if (!values.every(isSafePathValue) && !values.every((value) => /^[\w.-]+=[\w.-]+$/.test(value))) return undefined;
    const key = /^[a-z_]\w*(?==)/.exec(first)?.[0];
    const bare = (value: string): string => value.replace(/^[a-z_]\w*=/, '');
    const isSame = values.every((value) => value === first);
    const known = values.every((value) => ACCOUNT.test(bare(value)))
      ? 'account'
      : values.every((value) => REGION.test(bare(value)))
        ? 'region'
        : undefined;
    if (known === undefined && isSame && key === undefined) {
      segments.push(first);
      continue;
    }
    let name = known ?? key ?? `folder_${index + 1}`;
    if (columns.includes(name)) name = `${name}_${index + 1}`;
    columns.push(name);
    segments.push(`${key === undefined ? '' : `${key}=`}{${name}}`);
  }
  return { segments, columns };
}
