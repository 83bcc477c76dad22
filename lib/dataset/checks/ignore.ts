import { isIgnored } from '../ignored';
import { LayoutSyntaxError, layoutPath, namesOf, parseLayout } from '../layout-template';
import type { Dataset } from '../model';
import { partitionForTime } from '../partitions';
import type { Cursor } from './cursor';

const EXAMPLE = "write for example ['AWSLogs/*/CloudTrail-Digest/']";
const MOST = 20;

/** The templates of `input.ignore`, checked. */
export function readIgnore(cursor: Cursor): readonly string[] | undefined {
  const items = cursor.array(EXAMPLE);
  if (items === undefined) return undefined;
  if (items.length === 0 || items.length > MOST) {
    return cursor.problem(`has ${items.length} templates`, `write 1 to ${MOST}, or leave it out`);
  }
  const templates = items.map(readTemplate);
  return templates.every((template) => template !== undefined) ? templates : undefined;
}

function readTemplate(cursor: Cursor): string | undefined {
  const text = cursor.text(EXAMPLE);
  if (text === undefined) return undefined;
  try {
    const { segments } = parseLayout(text);
    const named = segments.flat().find(({ kind }) => kind === 'name' || kind === 'time');
    if (named === undefined) return text;
    return cursor.problem('has a placeholder, and nothing is read from what is ignored', 'write * for any text');
  } catch (error) {
    if (!(error instanceof LayoutSyntaxError)) throw error;
    return cursor.problem(error.problem, error.fix);
  }
}

/** Refuses templates that match the paths of the dataset's own objects, which would never be compacted. */
export function checkIgnore(input: Cursor, dataset: Dataset): void {
  const { ignore = [] } = dataset.input;
  if (ignore.length === 0) return;
  const paths = ownPaths(dataset);
  for (const [index, template] of ignore.entries()) {
    const only: Dataset = { ...dataset, input: { ...dataset.input, ignore: [template] } };
    const own = paths.find((path) => isIgnored(only, path));
    if (own === undefined) continue;
    input.report.add(
      `${input.field}.ignore[${index}]`,
      `'${template}' matches objects of the dataset itself, such as '${own}'`,
      'name what lies beside them, or remove it',
    );
  }
}

/** Where producers would put an object of the first day: in Hive folders, and as the layout says. */
function ownPaths(dataset: Dataset): readonly string[] {
  const { partition, input } = dataset;
  const first = new Date(`${partition.from}T00:00:00Z`);
  const values = Object.fromEntries(
    partition.leading.map((key) => [key.name, key.kind === 'enum' ? (key.values[0] ?? 'x') : 'x']),
  );
  const hive = `${partitionForTime(dataset, first, values)}/x`;
  if (input.layout === undefined) return [hive];
  const template = parseLayout(input.layout);
  const named = Object.fromEntries(namesOf(template).map((name) => [name, values[name] ?? '1']));
  return [hive, `${layoutPath(template, first, named)}x`];
}
