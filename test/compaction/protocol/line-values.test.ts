/** What stands in a rejected line: whole values as far as it can be read, and the text from where it cannot. */
import { jsonValues, lineReader } from '../../../lambda/compaction/protocol/line-values';
import type { DatasetDefinition } from '../../../lib/dataset';
import { testDataset } from '../support/test-dataset';

describe('of JSON', () => {
  test.each<[string, readonly string[], string?]>([
    ['', []],
    [' \n', []],
    ['{}', []],
    ['[]', []],
    ['[[],{}]', []],
    ['{"a":"x","b":1,"c":true,"d":false,"e":null,"f":[2,"y"],"g":{"h":"z"}}', ['x', '1', '2', 'y', 'z']],
    ['\uFEFF  {"a":1 , "b" : -1.5e+3 }\n', ['1', '-1.5e+3']],
    ['{"a":"x"}{"b":"y"} {"c":"z"}', ['x', 'y', 'z']],
    ['"x" 1 "y"', ['x', '1', 'y']],
    ['[{"a":1},{"a":2}]', ['1', '2']],
    ['{"a":{"b":[1]},"c":2}', ['1', '2']],
    // Escapes, valid or not.
    ['{"a":"\\u0041\\n"}', ['A\n']],
    ['{"a":"\\"q\\" \\\\"}', ['"q" \\']],
    ['{"a":"bad \\x41"}', ['bad A']],
    ['{"a":"a\tb"}', ['a\tb']],
    // Cut off: a number at the end may go on.
    ['42', ['42']],
    ['{"k":42', [], '42'],
    ['[42', [], '42'],
    ['{"k":42,', ['42']],
    ['{"k":42 ', ['42']],
    ['{"k":', []],
    ['{"k"', []],
    ['{', []],
    ['{"a":"x', [], '"x'],
    ['{"a":"x\\"', [], '"x\\"'],
    ['{"a":"x\\', [], '"x\\'],
    // Where it breaks.
    ['{"a":"x" "b":"y"}', ['x'], '"b":"y"}'],
    ['{"a":"x","b" "y"}', ['x'], '"y"}'],
    ['{"a":"x","b"}', ['x'], '}'],
    ['{"a":1,"b":}', ['1'], '}'],
    ['{"a":1,}', ['1'], '}'],
    ['{"a":1,2:3}', ['1'], '2:3}'],
    ['{"a":1]', ['1'], ']'],
    ['{1:2}', [], '1:2}'],
    ['{,}', [], ',}'],
    ['{a:1}', [], 'a:1}'],
    ['[1,]', ['1'], ']'],
    ['[1 2]', ['1'], '2]'],
    ['[1}', ['1'], '}'],
    ['[,1]', [], ',1]'],
    ['[:1]', [], ':1]'],
    ['[}', [], '}'],
    ['{]', [], ']'],
    ['}', [], '}'],
    ['"x", "y"', ['x'], ', "y"'],
    ['"x": "y"', ['x'], ': "y"'],
    ['{"a":1}}', ['1'], '}'],
    ['42x', [], '42x'],
    ['[42x]', [], '42x]'],
    ['[truely]', [], 'truely]'],
    ['[true,false,null]', []],
    ['server 42', [], 'server 42'],
  ])('%j', (text, values, rest = '') => {
    expect(jsonValues(text)).toEqual({ values, rest });
  });
});

const KEY = 'raw/events/year=2026/month=06/day=15/x';
/** The first reading of a line; all of them, when there are several. */
function read(input: DatasetDefinition['input'], name: string, line: string | Buffer) {
  const readings = lineReader(testDataset({ input }))(Buffer.from(line), name);
  return readings.map(({ values, rest }) => ({ values: [...values].sort(), rest }));
}
const one = (values: readonly string[], rest = '') => [{ values: [...values].sort(), rest }];

describe('what is in a value', () => {
  const inJson = (line: string) => read({ formats: ['ndjson'] }, `${KEY}.json`, line);

  test.each<[string, string, readonly string[], string?]>([
    ['is read when it is JSON', '{"a":"{\\"id\\":\\"x\\"}"}', ['{"id":"x"}', 'x']],
    ['is read when it is JSON after blanks', '{"a":" [1]"}', [' [1]', '1']],
    [
      'is read in JSON in JSON',
      JSON.stringify({ a: JSON.stringify([JSON.stringify(['x'])]) }),
      ['["[\\"x\\"]"]', '["x"]', 'x'],
      // What it means without its escapes is no JSON.
      'x"]"]',
    ],
    ['is not read where JSON does not begin it', '{"a":"x[1]"}', ['x[1]']],
    ['is read as far as it goes, and the rest is told', '{"a":"[1 2","b":"[3 4"}', ['[1 2', '1', '[3 4', '3'], '2\n4'],
    ['is told with the rest of the line', '{"a":"[1 2","b" 7', ['[1 2', '1'], '7\n2'],
    ['is given without its escapes too', '{"a":"\\\\u0041"}', ['\\u0041', 'A']],
    ['is given without escapes of escapes', '{"a":"\\\\\\\\u0041"}', ['\\\\u0041', '\\u0041', 'A']],
  ])('%s', (_, line, values, rest = '') => {
    const [found] = inJson(line);
    expect(found?.rest).toBe(rest);
    expect(found?.values).toEqual(expect.arrayContaining([...values]));
  });

  test('a plain value is given once', () => {
    expect(inJson('{"a":"x","b":"x","c":"y"}')).toEqual(one(['x', 'y']));
  });

  test('a line without values has none', () => {
    expect(inJson('{}')).toEqual(one([]));
  });
});

describe('of delimited text', () => {
  const COMMA: DatasetDefinition['input'] = { formats: ['csv'] };
  const BACKSLASH: DatasetDefinition['input'] = { formats: ['csv'], csv: { escape: 'backslash' } };
  const BARE: DatasetDefinition['input'] = { formats: ['csv'], csv: { delimiter: '\t', quote: false } };
  const SINGLE: DatasetDefinition['input'] = { formats: ['csv'], csv: { quote: "'" } };

  test.each<[DatasetDefinition['input'], string, readonly string[], string?]>([
    [COMMA, 'a,b', ['a', 'b']],
    [COMMA, 'a,', ['a', '']],
    [COMMA, '', ['']],
    [COMMA, 'a\nb,c', ['a', 'b', 'c']],
    [COMMA, 'a\r\nb\r', ['a', 'b']],
    [COMMA, 'a\rb', ['a\rb']],
    [COMMA, '"a,b",c', ['a,b', 'c']],
    [COMMA, '"a\nb",c', ['a\nb', 'c']],
    [COMMA, '"a,",b', ['a,', 'b']],
    [COMMA, '"a\n",b', ['a\n', 'b']],
    [COMMA, '"a""b",""', ['a"b', '']],
    [COMMA, '"a" ,b', ['a', 'b']],
    [COMMA, '"a"\r\nb', ['a', 'b']],
    [COMMA, 'a"b,c', ['a"b', 'c']],
    [COMMA, '"a\\",b', ['a\\', 'b']],
    [COMMA, 'a\\,b', ['a\\', 'b']],
    [COMMA, '"a', [], '"a'],
    [COMMA, 'x,"a"b,c', ['x'], '"a"b,c'],
    [COMMA, 'x,"a""', ['x'], '"a""'],
    [BACKSLASH, 'a\\,b,c', ['a\\,b', 'a,b', 'c']],
    [BACKSLASH, 'a\\\\,b', ['a\\\\', 'a\\', 'b']],
    [BACKSLASH, 'a\\', ['a\\']],
    [BACKSLASH, '"a\\"b",c', ['a\\"b', 'a"b', 'c']],
    [BACKSLASH, '"a\\', [], '"a\\'],
    [BACKSLASH, '"a""b"', [], '"a""b"'],
    [BARE, '"a\tb"', ['"a', 'b"']],
    [BARE, 'a,b\tc', ['a,b', 'c']],
    [SINGLE, "'a,b','it''s',\"c", ['a,b', "it's", '"c']],
  ])('%j, %j', (input, line, values, rest = '') => {
    expect(read(input, `${KEY}.csv`, line)).toEqual(one(values, rest));
  });

  test('rows of Parquet stand in quarantine as JSON, whatever the name of their object', () => {
    expect(read(COMMA, `${KEY}.csv`, '{"a":"x,y","b":1}')).toEqual(one(['x,y', '1']));
  });

  test('what only begins as JSON is read as the format has it; a field that may be JSON is not whole', () => {
    expect(read(COMMA, `${KEY}.csv`, '{"a":1,b')).toEqual(one(['{"a":1', 'b'], '1'));
  });

  test('what could be JSON in part is read as the format has it', () => {
    expect(read(COMMA, `${KEY}.csv`, '"a""b"')).toEqual(one(['a"b']));
  });
});

describe('of lines with a pattern', () => {
  const LINES: DatasetDefinition['input'] = {
    formats: ['lines'],
    lines: { pattern: '^(?<id>\\S+) \\[(?<at>[^\\]]*)\\] (?<n>\\S*)$' },
  };

  test.each<[string, readonly string[], string?]>([
    ['ann [x y] 7', ['ann', 'x y', '7']],
    ['ann [] 7', ['ann', '', '7']],
    ['ann [x 7', [], 'ann [x 7'],
  ])('%j', (line, values, rest = '') => {
    expect(read(LINES, `${KEY}.log`, line)).toEqual(one(values, rest));
  });
});

describe('of bytes that are not UTF-8', () => {
  test('is read in both encodings', () => {
    const [utf8, latin1, more] = read({ formats: ['csv'] }, `${KEY}.csv`, Buffer.from('Zo\xeb,1', 'latin1'));
    expect([utf8?.values, latin1?.values, more]).toEqual([['1', 'Zo\ufffd'], ['1', 'Zoë'], undefined]);
  });

  test('is read once when it is UTF-8', () => {
    expect(read({ formats: ['csv'] }, `${KEY}.csv`, 'Zoë,1')).toEqual(one(['Zoë', '1']));
  });
});

test('an object is read in the format of its name', () => {
  const both: DatasetDefinition['input'] = { formats: ['ndjson', 'csv'] };
  expect(read(both, `${KEY}.csv`, '1,2')).toEqual(one(['1', '2']));
  expect(read(both, `${KEY}.json.gz`, '1,2')).toEqual(one(['1'], ',2'));
});
