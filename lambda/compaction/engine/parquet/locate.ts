import { quoteIdentifier, quoteText } from '../../../../lib/dataset/duckdb-types';
import type { SourcePath } from '../../../../lib/dataset/model';
import { isSpelling } from '../../../../lib/dataset/snake-case';
import { describePath, pathsOf, type Sourced } from '../../../../lib/dataset/sources';
import { quoteName, UnreadableObjectError } from '../../../../lib/rows';
import { describeNode } from './messages';
import type { FileNode } from './schema';

/** A place of a file that may hold the value of a column or field. */
export interface LocatedNode {
  readonly node: FileNode;
  /** SQL of what stands there. */
  readonly value: string;
}

/**
 * The places that a file has for a column or a field, in order of preference.
 *
 * @param nodes columns of the file, or fields of a struct
 * @param within SQL of the struct; undefined for columns
 * @throws UnreadableObjectError when a name is there twice, or a path leads through something that is not a struct
 */
export function locate(target: Sourced, nodes: readonly FileNode[], within?: string): LocatedNode[] {
  const inside = (struct: string | undefined, { alias }: FileNode): string =>
    struct === undefined ? quoteIdentifier(alias) : `struct_extract(${struct}, ${quoteText(alias)})`;
  if (target.from === 'snake') {
    const found = nodes.filter(({ name }) => isSpelling(name, target.name));
    if (found.length > 1) {
      const names = found.map(({ name }) => quoteName(name)).join(' and ');
      throw new UnreadableObjectError(`it has ${found.length} columns for ${target.name}: ${names}; keep one of them`);
    }
    return found.map((node) => ({ node, value: inside(within, node) }));
  }
  return pathsOf(target).flatMap((path) => {
    let at = nodes;
    let value = within;
    for (const [depth, name] of path.entries()) {
      const found = at.filter((node) => node.name === name);
      if (found.length > 1) throw new UnreadableObjectError(`it has ${found.length} columns ${shownPath(path, depth)}`);
      const [node] = found;
      if (node === undefined) return [];
      value = inside(value, node);
      if (depth === path.length - 1) return [{ node, value }];
      if (node.shape !== 'struct') {
        throw new UnreadableObjectError(
          `column ${shownPath(path, depth)}: the file has ${describeNode(node)}, but ${target.name} is taken out of a group; ` +
            'write a group, or change the from of the dataset',
        );
      }
      at = node.fields;
    }
    return [];
  });
}

const shownPath = (path: SourcePath, depth: number): string =>
  path.length === 1 ? (path[0] ?? '') : describePath(path.slice(0, depth + 1));
