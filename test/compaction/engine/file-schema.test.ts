/** The tree of a file's schema, old forms of lists and maps included, and what the engine is given in its place. */
import { CONVERTED, type Element, REPETITION } from '../../../lambda/compaction/engine/parquet/element';
import { type FileNode, fileSchema } from '../../../lambda/compaction/engine/parquet/schema';
import { UnreadableObjectError } from '../../../lib/rows';
import { file, type Given, needed, optional, repeated, text } from '../support/file-elements';

/** The shape of a node in one line; an alias that differs from the name is given. */
function shapeOf(node: FileNode): string {
  const name = node.alias === node.name ? node.name : `${node.name} as ${node.alias}`;
  switch (node.shape) {
    case 'value':
      return `${name}: ${node.found.label}`;
    case 'struct':
      return `${name}: {${node.fields.map(shapeOf).join(', ')}}`;
    case 'list':
      return `${name}: [${shapeOf(node.element)}]`;
    case 'map':
      return `${name}: <${shapeOf(node.key)}, ${shapeOf(node.value)}>`;
  }
}

const shapes = (...columns: readonly Element[][]): string[] =>
  fileSchema(file(...columns), 'as text').columns.map(shapeOf);

/** The elements that the engine gets, one in a line: repetition, name, what it is, depth by children. */
function given(...columns: readonly Element[][]): string[] {
  const [root, ...elements] = fileSchema(file(...columns), 'as text').elements;
  expect(root).toEqual({ name: 'schema', children: columns.length, repetition: REPETITION.REQUIRED });
  return elements.map(({ name, repetition, children, physical, converted }) =>
    [
      ['required', 'optional', 'repeated'][repetition ?? -1] ?? 'nothing',
      name,
      physical ?? `of ${children}`,
      ...(converted === undefined ? [] : [CONVERTED[converted]]),
    ].join(' '),
  );
}

describe('lists', () => {
  const three = optional('l', {
    annotation: 'LIST',
    children: [repeated('list', { children: [optional('element')] })],
  });
  const THREE = ['optional l of 1 LIST', 'repeated list of 1', 'optional element INT32'];

  test('of three levels are as the specification has them', () => {
    expect(shapes(three)).toEqual(['l: [element: INT32]']);
    expect(given(three)).toEqual(THREE);
    const named = needed('l', {
      annotation: { logical: 'LIST' },
      children: [repeated('bag', { children: [needed('array_element')] })],
    });
    expect(shapes(named)).toEqual(['l: [array_element as element: INT32]']);
    expect(given(named)).toEqual(['required l of 1 LIST', 'repeated list of 1', 'required element INT32']);
  });

  const inner = [needed('a'), needed('b')];
  test.each<[string, Element[], string]>([
    ['a repeated value', repeated('element'), 'element as element: INT32'],
    ['a repeated group of two', repeated('element', { children: inner }), 'element: {a: INT32, b: INT32}'],
    ['a group named array', repeated('array', { children: [needed('a')] }), 'array as element: {a: INT32}'],
    [
      'a group named after the list',
      repeated('l_tuple', { children: [needed('a')] }),
      'l_tuple as element: {a: INT32}',
    ],
    [
      'a group with an annotation of its own',
      repeated('x', { annotation: 'MAP', children: [needed('a')] }),
      'x as element: {a: INT32}',
    ],
    [
      'a group with a new annotation of its own',
      repeated('x', { annotation: { logical: 'MAP' }, children: [needed('a')] }),
      'x as element: {a: INT32}',
    ],
    [
      'a group whose one field is repeated',
      repeated('x', { children: [repeated('a')] }),
      'x as element: {a: [a as element: INT32]}',
    ],
  ])('of two levels are lists of what is repeated: %s', (_, item, shape) => {
    const list = optional('l', { annotation: 'LIST', children: [item] });
    expect(shapes(list)).toEqual([`l: [${shape.replace('element as element', 'element')}]`]);
    expect(given(list)[2]).toMatch(/^required element /);
  });

  test('a group of another name with one field is the third level', () => {
    for (const name of ['l_tuples', 'other_tuple', 'Array', 'arrays']) {
      const list = optional('l', { annotation: 'LIST', children: [repeated(name, { children: [optional('a')] })] });
      expect([name, ...shapes(list)]).toEqual([name, 'l: [a as element: INT32]']);
    }
  });

  test('what is repeated without a list around it is one, and never null', () => {
    expect(shapes(repeated('r'))).toEqual(['r: [r as element: INT32]']);
    expect(given(repeated('r'))).toEqual(['required r of 1 LIST', 'repeated list of 1', 'required element INT32']);
    expect(shapes(repeated('r', { children: [optional('a')] }))).toEqual(['r: [r as element: {a: INT32}]']);
  });

  test.each<[string, Element[], string]>([
    [
      'without the annotation',
      optional('l', { children: [repeated('list', { children: [optional('e')] })] }),
      'l: {list: [list as element: {e: INT32}]}',
    ],
    [
      'with another annotation',
      optional('l', { annotation: 'ENUM', children: [repeated('list')] }),
      'l: {list: [list as element: INT32]}',
    ],
    [
      'with two fields',
      optional('l', { annotation: 'LIST', children: [repeated('list'), repeated('more')] }),
      'l: {list: [list as element: INT32], more: [more as element: INT32]}',
    ],
    ['of nothing repeated', optional('l', { annotation: 'LIST', children: [optional('e')] }), 'l: {e: INT32}'],
  ])('a group %s is a struct', (_, group, shape) => {
    expect(shapes(group)).toEqual([shape]);
    expect(given(group)[0]).toBe(`optional l of ${group[0]?.children}`);
  });

  test('in lists', () => {
    const lists = optional('l', { annotation: 'LIST', children: [repeated('list', { children: [three] })] });
    expect(shapes(lists)).toEqual(['l: [l as element: [element: INT32]]']);
    expect(given(lists)).toEqual([
      ...['optional l of 1 LIST', 'repeated list of 1'],
      ...THREE.map((line) => line.replace(' l ', ' element ')),
    ]);
  });
});

describe('maps', () => {
  const map = (
    annotation: Given['annotation'],
    entry: readonly Element[][],
    more: readonly Element[][] = [],
  ): Element[] =>
    optional('m', { ...(annotation && { annotation }), children: [repeated('entries', { children: entry }), ...more] });
  const pair = [needed('k'), optional('v')];

  test.each(['MAP', 'MAP_KEY_VALUE', { logical: 'MAP' }] as const)('by the annotation %j', (annotation) => {
    expect(shapes(map(annotation, pair))).toEqual(['m: <k as key: INT32, v as value: INT32>']);
    expect(given(map(annotation, pair))).toEqual([
      'optional m of 1 MAP',
      'repeated key_value of 2',
      'required key INT32',
      'optional value INT32',
    ]);
  });

  const struct = (entry: string): string => `m: {entries: [entries as element: {${entry}}]}`;
  test.each<[string, Element[], string]>([
    ['no annotation', map(undefined, pair), struct('k: INT32, v: INT32')],
    ['no value', map('MAP', [needed('k')]), struct('k: INT32')],
    ['three fields', map('MAP', [...pair, optional('w')]), struct('k: INT32, v: INT32, w: INT32')],
    ['a repeated key', map('MAP', [repeated('k'), optional('v')]), struct('k: [k as element: INT32], v: INT32')],
    ['a repeated value', map('MAP', [needed('k'), repeated('v')]), struct('k: INT32, v: [v as element: INT32]')],
    ['a value without columns', map('MAP', [needed('k'), optional('v', { children: [] })]), struct('k: INT32')],
    [
      'something beside it',
      map('MAP', pair, [optional('x')]),
      `${struct('k: INT32, v: INT32').slice(0, -1)}, x: INT32}`,
    ],
  ])('a group with %s is a struct', (_, group, shape) => {
    expect(shapes(group)).toEqual([shape]);
  });

  test('of groups', () => {
    expect(shapes(map('MAP', [needed('k'), optional('v', { children: [optional('a')] })]))).toEqual([
      'm: <k as key: INT32, v as value: {a: INT32}>',
    ]);
  });
});

describe('names', () => {
  test('the engine gets each once, regardless of case, and none that it adds itself', () => {
    expect(shapes(needed('a'), needed('A'), needed('a'), needed('a_2'), needed('file_row_number'))).toEqual([
      'a: INT32',
      'A as A_2: INT32',
      'a as a_3: INT32',
      'a_2 as a_2_2: INT32',
      'file_row_number as file_row_number_2: INT32',
    ]);
    expect(shapes(needed('FileName'), needed('file_index'))).toEqual([
      'FileName as FileName_2: INT32',
      'file_index as file_index_2: INT32',
    ]);
    // Within a struct nothing is added.
    expect(shapes(needed('s', { children: [needed('filename'), needed('')] }))).toEqual([
      's: {filename: INT32,  as _: INT32}',
    ]);
    expect(shapes(needed(''), needed(''))).toEqual([' as _: INT32', ' as _2: INT32']);
    expect(given(needed('a'), needed('A'))).toEqual(['required a INT32', 'required A_2 INT32']);
  });

  test('groups in which there is no column are left out', () => {
    const empty = optional('e', { children: [optional('f', { children: [] })] });
    expect(shapes(empty, optional('g', { children: [empty, needed('a')] }))).toEqual(['g: {a: INT32}']);
    expect(fileSchema(file(empty), 'as text').elements).toEqual([
      { name: 'schema', children: 0, repetition: REPETITION.REQUIRED },
    ]);
    expect(given(optional('g', { children: [empty, needed('a')] }))).toEqual(['optional g of 1', 'required a INT32']);
  });

  test('a repetition that is not said is none', () => {
    const [group] = given([{ name: 'g', children: 1 }, ...needed('a')]);
    expect(group).toBe('required g of 1');
    expect(shapes([{ name: 'g' }, ...[]], needed('a'))).toEqual(['a: INT32']);
  });
});

test('what may be text is read as text or as bytes, at any depth', () => {
  const schema = file(text('t'), needed('n'), optional('s', { children: [text('u')] }));
  const texts = (mode: 'as text' | 'as bytes') => {
    const { columns, elements } = fileSchema(schema, mode);
    const values = columns.flatMap((node) => (node.shape === 'struct' ? node.fields : node));
    return [
      values.map((node) => node.shape === 'value' && node.text),
      elements.map(({ converted }) => converted).filter((one) => one !== undefined),
    ];
  };
  expect(texts('as text')).toEqual([
    [true, false, true],
    [0, 0],
  ]);
  expect(texts('as bytes')).toEqual([[false, false, false], []]);
});

describe('a schema that is no tree', () => {
  const NO_TREE = new UnreadableObjectError('not a readable Parquet file: its schema is not a tree');
  test.each<[string, Element[]]>([
    ['with nothing', []],
    ['with fewer elements than children', [{ name: 'root', children: 2 }, ...needed('a')]],
    ['with more elements than children', [...file(needed('a')), ...needed('b')]],
  ])('is refused: %s', (_, elements) => {
    expect(() => fileSchema(elements, 'as text')).toThrow(NO_TREE);
  });

  test('and so is one of more than 100 levels', () => {
    const nested = (levels: number): Element[] =>
      levels === 0 ? needed('a') : optional('g', { children: [nested(levels - 1)] });
    expect(fileSchema(file(nested(99)), 'as text').columns).toHaveLength(1);
    expect(() => fileSchema(file(nested(100)), 'as text')).toThrow(NO_TREE);
  });

  test('a value has no children, whatever it says', () => {
    expect(shapes([{ name: 'a', physical: 'INT32', repetition: 0, children: 3 }])).toEqual(['a: INT32']);
  });
});
