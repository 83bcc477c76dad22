import type { JsonInput } from '../json-input';
import type { Column, SourcePath } from '../model';
import { describePath, Sources } from '../sources';
import { type Cursor, count } from './cursor';
import { readPlace } from './sources';

const EXAMPLE = "write for example { unwrap: 'Records' }";
const MAX_CARRIED = 32;

/** Checks `input.json`. Undefined without an envelope, or where there is a mistake. */
export function checkJson(cursor: Cursor): JsonInput | undefined {
  if (cursor.isMissing) return undefined;
  const object = cursor.object(['unwrap', 'carry'], EXAMPLE);
  if (object === undefined) return undefined;
  if (object.unwrap.isMissing) {
    if (!object.carry.isMissing) object.carry.problem('there is no envelope to carry members from', EXAMPLE);
    return undefined;
  }
  const unwrap = readPlace(object.unwrap);
  const carry = object.carry.isMissing ? [] : readCarry(object.carry, unwrap);
  return unwrap === undefined || carry === undefined ? undefined : { unwrap, carry };
}

function readCarry(cursor: Cursor, unwrap: SourcePath | undefined): readonly SourcePath[] | undefined {
  const items = cursor.array("write for example ['owner', 'logGroup']");
  if (items === undefined) return undefined;
  if (items.length > MAX_CARRIED) {
    return cursor.problem(`has ${count(items.length)} items`, `write at most ${count(MAX_CARRIED)}`);
  }
  const names = new Map<string, SourcePath>();
  return items.flatMap((item) => {
    const path = readPlace(item);
    if (path === undefined) return [];
    const name = path.at(-1) ?? '';
    const earlier = names.get(name);
    names.set(name, path);
    if (earlier !== undefined) {
      item.problem(
        `${describePath(path)} would have the name of ${describePath(earlier)} in the record`,
        'remove one of them',
      );
    }
    if (unwrap !== undefined && (leads(path, unwrap) || leads(unwrap, path))) {
      item.problem(
        `${describePath(path)} holds the records, or is within them`,
        'carry a member that stands beside them',
      );
    }
    return [path];
  });
}

const leads = (path: SourcePath, to: SourcePath): boolean => path.every((name, index) => name === to[index]);

/** Reports members to be carried that no column takes. */
export function checkCarried(
  cursor: Cursor,
  json: JsonInput | undefined,
  columns: readonly Column[],
  fromPath: ReadonlySet<string>,
): void {
  const sources = new Sources(columns.filter(({ name }) => !fromPath.has(name)));
  const { value } = cursor;
  if (json === undefined || typeof value !== 'object' || value === null) return;
  for (const [index, path] of json.carry.entries()) {
    const name = path.at(-1) ?? '';
    if (sources.uses(name)) continue;
    if (fromPath.has(name)) {
      cursor.report.add(
        `input.json.carry[${index}]`,
        `the value of column '${name}' comes from the path`,
        'remove it here, or write * for it in input.layout',
      );
      continue;
    }
    cursor.report.add(
      `input.json.carry[${index}]`,
      `no column takes ${JSON.stringify(name)}`,
      'declare a column of that name, or one whose from names it; or remove it here',
    );
  }
}
