/** Elements of Parquet schemas, in the order of a footer: a group, then its children. Without children they are numbers. */
import { CONVERTED, type Element, REPETITION } from '../../../lambda/compaction/engine/parquet/element';

type Old = (typeof CONVERTED)[number];
export interface Given {
  readonly annotation?: Old | { readonly logical: string };
  readonly children?: readonly Element[][];
}

const element = (name: string, repetition: number, { annotation, children }: Given): Element[] => [
  {
    name,
    repetition,
    ...(children === undefined ? { physical: 'INT32' } : { children: children.length }),
    ...(typeof annotation === 'string' && { converted: CONVERTED.indexOf(annotation) }),
    ...(typeof annotation === 'object' && { logical: { name: annotation.logical } }),
  },
  ...(children ?? []).flat(),
];
export const optional = (name: string, given: Given = {}): Element[] => element(name, REPETITION.OPTIONAL, given);
export const needed = (name: string, given: Given = {}): Element[] => element(name, REPETITION.REQUIRED, given);
export const repeated = (name: string, given: Given = {}): Element[] => element(name, REPETITION.REPEATED, given);
export const text = (name: string): Element[] => [
  { name, repetition: REPETITION.OPTIONAL, physical: 'BYTE_ARRAY', converted: CONVERTED.indexOf('UTF8') },
];
export const file = (...columns: readonly Element[][]): Element[] => [
  { name: 'root', children: columns.length },
  ...columns.flat(),
];
