import { filterTemplate, type Template } from '../../emulator/filter-template';

const LIST = [
  { type: 'AWS::Gone', provenBy: 'nobody' },
  {
    type: 'AWS::Sometimes',
    when: ({ math }: Readonly<Record<string, unknown>>) => math !== undefined,
    provenBy: 'nobody',
  },
];

const filter = (Resources: Template['Resources'], Outputs?: Template['Outputs'], lost?: ReadonlySet<string>) =>
  filterTemplate({ Resources, ...(Outputs === undefined ? {} : { Outputs }) }, LIST, lost);

/** As `Fn::Sub` writes it. */
const place = (name: string): string => `\${${name}}`;

const gone = { Type: 'AWS::Gone' };

test('takes out resources by type, and by their properties where the list says so', () => {
  const { template, removed } = filter({
    A: gone,
    B: { Type: 'AWS::Stays' },
    C: { Type: 'AWS::Sometimes', Properties: { math: [] } },
    D: { Type: 'AWS::Sometimes', Properties: {} },
  });
  expect(Object.keys(template.Resources)).toEqual(['B', 'D']);
  expect([...removed.resources]).toEqual([
    ['A', 'AWS::Gone'],
    ['C', 'AWS::Sometimes'],
  ]);
});

test.each<[string, unknown]>([
  ['Ref', { Ref: 'A' }],
  ['Fn::GetAtt of a list', { 'Fn::GetAtt': ['A', 'Arn'] }],
  ['Fn::GetAtt of a text', { 'Fn::GetAtt': 'A.Arn' }],
  ['Fn::Sub', { 'Fn::Sub': `x-${place('A')}` }],
  ['Fn::Sub of an attribute', { 'Fn::Sub': [`x-${place('A.Arn')}-${place('Other')}`, { Other: 'y' }] }],
  ['a value in Fn::Sub', { 'Fn::Sub': [`x-${place('Other')}`, { Other: { Ref: 'A' } }] }],
  ['Fn::Join', { 'Fn::Join': ['', ['x', { Ref: 'A' }]] }],
])('takes out what refers to it by %s, and nothing beside it', (_, reference) => {
  const { template, removed } = filter({
    A: gone,
    B: {
      Type: 'AWS::Stays',
      Properties: { key: reference, name: 'b', deep: { list: ['x', reference, { Ref: 'B' }] } },
    },
  });
  expect(template.Resources.B?.Properties).toEqual({ name: 'b', deep: { list: ['x', { Ref: 'B' }] } });
  expect(removed.references).toEqual(['B.key', 'B.deep.list.1']);
});

test.each<[string, unknown]>([
  ['a longer name', { Ref: 'AB' }],
  ['a text', 'A'],
  ['an escaped name', { 'Fn::Sub': `x-${place('!A')}` }],
  ['a pseudo parameter', { 'Fn::Sub': place('AWS::Region') }],
])('leaves %s', (_, value) => {
  const Properties = { value };
  expect(filter({ A: gone, B: { Type: 'AWS::Stays', Properties } }).template.Resources.B?.Properties).toEqual(
    Properties,
  );
});

test('takes out dependencies', () => {
  const { template } = filter({
    A: gone,
    B: { Type: 'AWS::Stays', DependsOn: ['A', 'C'] },
    C: { Type: 'AWS::Stays', DependsOn: 'A' },
  });
  expect(template.Resources).toEqual({ B: { Type: 'AWS::Stays', DependsOn: ['C'] }, C: { Type: 'AWS::Stays' } });
});

test('takes out outputs, and what imports them elsewhere', () => {
  const { template, removed } = filter(
    { A: gone, B: { Type: 'AWS::Stays' } },
    {
      Lost: { Value: { Ref: 'A' }, Export: { Name: 'lost' } },
      Kept: { Value: { Ref: 'B' }, Export: { Name: 'kept' } },
    },
  );
  expect(Object.keys(template.Outputs ?? {})).toEqual(['Kept']);
  expect([...removed.exports]).toEqual(['lost']);

  const importer = {
    Type: 'AWS::Stays',
    Properties: { a: { 'Fn::ImportValue': 'lost' }, b: { 'Fn::ImportValue': 'kept' } },
  };
  const other = filter({ B: importer }, undefined, removed.exports);
  expect(other.template.Resources.B?.Properties).toEqual({ b: { 'Fn::ImportValue': 'kept' } });
});

test('keeps everything else of the template', () => {
  const template = { Parameters: { P: {} }, Resources: { B: { Type: 'AWS::Stays', DeletionPolicy: 'Retain' } } };
  expect(filterTemplate(template, LIST).template).toEqual(template);
});
