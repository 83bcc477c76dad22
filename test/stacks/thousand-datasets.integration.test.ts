/** A thousand datasets in one stage, through the command that deploys: one synth, and everything that AWS limits. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app as command, context as featureFlags } from '../../cdk.json';
import { type Assembly, readAssembly, resourcesOfType } from '../../cli/preflight/assembly/assembly';
import { sizesOf } from '../../cli/preflight/assembly/limits';
import { at } from '../../cli/preflight/assembly/template';
import { type Alarm, metricsOf } from '../support/alarms';
import { manyDefinitions } from '../support/many-datasets';
import { copyProject } from '../support/project-copy';

const DATASETS = 1_000;

const definitions = manyDefinitions(DATASETS);
let folder: string;
let assembly: Assembly;
let output: string;
let said: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'many-'));
  const project = copyProject(join(folder, 'project'));
  output = join(folder, 'cdk.out');
  const datasets = join(project, 'config/datasets');
  for (const part of [datasets, join(project, 'config/stages')]) {
    for (const name of readdirSync(part)) if (name !== 'index.ts') rmSync(join(part, name));
  }
  for (const definition of definitions) {
    const text = `import type { DatasetDefinition } from '../../lib/dataset';\n\nconst dataset: DatasetDefinition = ${JSON.stringify(definition)};\n\nexport default dataset;\n`;
    writeFileSync(join(datasets, `${definition.name}.ts`), text);
  }
  const stage = {
    name: 'many',
    manyDatasets: { stacks: 32, placed: { 0: ['events_0007', 'events_0020'] } },
    access: { ingest: { roles: ['arn:aws:iam::123456789012:role/producer'] } },
  };
  writeFileSync(join(project, 'config/stages/many.ts'), `export default ${JSON.stringify(stage)};\n`);
  const { status, stderr } = spawnSync(command, {
    cwd: project,
    shell: true,
    encoding: 'utf8',
    env: {
      ...process.env,
      CDK_OUTDIR: output,
      CDK_CONTEXT_JSON: JSON.stringify({ ...featureFlags, stage: 'many', 'aws:cdk:bundling-stacks': [] }),
    },
  });
  said = stderr;
  if (status !== 0) throw new Error(stderr);
  assembly = readAssembly(output, 'many');
}, 900_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the app of cdk.json takes them, and has nothing to warn of, which --strict would refuse', () => {
  expect(said).not.toMatch(/warn/i);
  const manifest = readFileSync(join(output, 'manifest.json'), 'utf8');
  expect(manifest).not.toMatch(/aws:cdk:(?:warning|error)/);
  const report = readFileSync(join(output, 'validation-report.json'), 'utf8');
  expect(report).not.toContain('"conclusion": "failure"');
});

test('every template is below 450 resources and 900 kB', () => {
  for (const { name, template, bytes } of assembly.stacks) {
    const resources = Object.keys(template.Resources).length;
    expect([name, resources < 450, bytes < 900_000]).toEqual([name, true, true]);
  }
});

test('every policy, definition, environment and list is within its limit', () => {
  const sizes = assembly.stacks.flatMap(sizesOf);
  expect(sizes.length).toBeGreaterThan(100);
  expect(sizes.filter(({ size, limit }) => size > limit)).toEqual([]);
});

test('each dataset has its two tables, once', () => {
  const tables = resourcesOfType(assembly, 'AWS::Glue::Table').map(({ Properties }) =>
    String(at(Properties, ['TableInput', 'Name'])),
  );
  const count = (name: string): number => tables.filter((table) => table === name).length;
  expect(tables).toHaveLength(2 * DATASETS + 2);
  expect(definitions.filter(({ name }) => count(name) !== 2)).toEqual([]);
});

test('nothing but tables and roles of Firehose grows with them', () => {
  const byType = new Map<string, number>();
  for (const { template } of assembly.stacks) {
    for (const { Type } of Object.values(template.Resources)) byType.set(Type, (byType.get(Type) ?? 0) + 1);
  }
  byType.delete('AWS::Glue::Table');
  const firehoses = definitions.filter(({ delivery }) => delivery === 'firehose').length;
  expect(firehoses).toBeGreaterThan(5);
  for (const type of ['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy'])
    byType.set(type, (byType.get(type) ?? 0) - firehoses);
  expect([...byType].filter(([, count]) => count > 20)).toEqual([]);
});

test('alarms look at all datasets: the query of each groups by them, and its periods are three hours at most', () => {
  const queried = resourcesOfType(assembly, 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties as unknown as Alarm & { Metrics?: { Expression?: string; Period?: number }[] })
    .filter(({ Metrics = [] }) => Metrics.some(({ Expression = '' }) => Expression.startsWith('SELECT')));
  expect(queried).toHaveLength(6);
  for (const alarm of queried) {
    expect(metricsOf(alarm)).toEqual([]);
    const [query] = alarm.Metrics ?? [];
    expect(query?.Expression).toMatch(
      /^SELECT (SUM|MAX)\(\w+\) FROM SCHEMA\("DataLake\/Compaction\/lake-many", Dataset\) GROUP BY Dataset ORDER BY \1\(\) DESC$/,
    );
    expect(alarm.EvaluationPeriods * (query?.Period ?? 0)).toBeLessThanOrEqual(3 * 3600);
    expect(alarm.AlarmDescription).toContain('The notification names the dataset.');
  }
  expect(resourcesOfType(assembly, 'AWS::CloudWatch::CompositeAlarm')).toHaveLength(1);
});
