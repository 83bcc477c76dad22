import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import dev from '../../../test/fixtures/stages/dev';
import { parseStage } from '../../../test/support/extensions';
import { describeNotProven, filterAssembly } from '../../emulator/assembly';
import { NOT_EMULATED } from '../../emulator/not-emulated';
import { changedStage, HOST_ARCHITECTURE } from '../../emulator/stage';

test('filters every template in place, across stacks in any order, and says what is not proven', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assembly-'));
  const write = (name: string, template: unknown): void =>
    writeFileSync(join(folder, `${name}.template.json`), JSON.stringify(template));
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, `${name}.template.json`), 'utf8'));
  const importer = { Resources: { B: { Type: 'AWS::Stays', Properties: { a: { 'Fn::ImportValue': 'lost' } } } } };
  write('a', importer);
  write('b', {
    Resources: { A: { Type: 'AWS::Gone' }, Z: { Type: 'AWS::Stays' } },
    Outputs: { O: { Value: { Ref: 'A' }, Export: { Name: 'lost' } } },
  });

  const filtered = filterAssembly(folder, [{ type: 'AWS::Gone', provenBy: 'a template test' }]);

  expect(read('a')).toEqual({ Resources: { B: { Type: 'AWS::Stays', Properties: {} } } });
  expect(read('b')).toEqual({ Resources: { Z: { Type: 'AWS::Stays' } }, Outputs: {} });
  expect(read('unfiltered/a')).toEqual(importer);
  expect(describeNotProven(filtered)).toBe(
    'Not proven here, because the emulator does not know it (1 types):\n' +
      '  AWS::Gone, 1 of them: a template test\n' +
      'and what referred to it:\n  a: B.a\n  b: Outputs.O',
  );
  rmSync(folder, { recursive: true });
});

test('the list names each type once, with what proves it', () => {
  const types = NOT_EMULATED.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
  for (const { type, provenBy } of NOT_EMULATED) {
    expect(type).toMatch(/^AWS::\w+::\w+$/);
    expect(provenBy.length).toBeGreaterThan(5);
  }
});

describe('the stage of a proof', () => {
  test('is the shipped one on the processor of this machine', () => {
    expect(changedStage()).toEqual({ ...dev, compaction: { architecture: HOST_ARCHITECTURE } });
  });

  test('takes changes at every depth', () => {
    const changed = changedStage({
      prefix: 'iam',
      query: { analyst: { scanLimitGB: 1 } },
      compaction: { maxConcurrency: 2 },
    });
    expect(parseStage(changed)).toMatchObject({
      name: 'dev',
      prefix: 'iam',
      compaction: { maxConcurrency: 2, architecture: HOST_ARCHITECTURE },
      query: { analyst: { scanLimitGB: 1 }, dashboard: { scanLimitGB: dev.query?.dashboard?.scanLimitGB } },
    });
  });
});
