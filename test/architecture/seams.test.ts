import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isThere, root, sourcesIn } from './sources';

/** The product: what is deployed, and the commands. Tests, proofs and benchmarks start processes of their own. */
const FOLDERS = ['bin', 'cli', 'config', 'ingest', 'lambda', 'lib', 'packages'];

const sources = FOLDERS.filter(isThere)
  .flatMap(sourcesIn)
  .filter((file) => !/(?:^|\/)(?:test|e2e|bench)\//.test(file))
  .map((file) => ({ file, source: readFileSync(join(root, file), 'utf8') }));

const saying = (pattern: RegExp): readonly string[] =>
  sources.filter(({ source }) => pattern.test(source)).map(({ file }) => file);

test('one file of each process reads its environment; all others get settings as arguments', () => {
  const adapters = [
    'bin/lake.ts',
    'cli/environment.ts',
    'ingest/gateway/image/health.ts', // a process of its own in the container
    'ingest/gateway/main.ts',
    'lambda/compaction/runtime/environment.ts',
  ];
  expect([...saying(/process\.env\b|\benv\b[^;\n]*from 'node:process'/)].sort()).toEqual(adapters.filter(isThere));
});

test('nothing changes the environment, but for what the SDK for AWS has no other switch for', () => {
  const changes = sources.flatMap(({ source }) => [
    ...(source.match(/process\.env\.\w+ *(?:\?\?|\|\|)?=(?!=)/g) ?? []),
    ...(source.match(/process\.env(?:\[[^\]]*\])? *(?:\?\?)?=(?!=)|(?:assign\(|delete )process\.env/g) ?? []),
  ]);
  expect(changes).toEqual(['process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??=']);
});

test('handlers are adapters of at most 40 lines', () => {
  const handlers = sources.filter(({ source }) => /^export (?:const|async function|function) handler\b/m.test(source));
  expect(handlers.length).toBeGreaterThan(1);
  expect(handlers.filter(({ source }) => source.trimEnd().split('\n').length > 40).map(({ file }) => file)).toEqual([]);
});

test('every alarm is a LakeAlarm: it tells the topic, and says where it is explained', () => {
  expect(saying(/\bnew Alarm\(|\bnew SnsAction\(|\.createAlarm\(|\bextends Alarm\b/)).toEqual([
    'lib/constructs/lake-alarm.ts',
  ]);
});

test('the reason for a wildcard stands beside its statement: one class makes policies and their acknowledgements', () => {
  const home = 'lib/compliance/justified-policy.ts';
  expect(saying(/AwsSolutions-IAM5/)).toEqual([home]);
  expect(saying(/\bnew (?:\w+\.)?(?:Managed)?Policy\(|\bextends (?:\w+\.)?(?:Managed)?Policy\b/)).toEqual([home]);
  expect(saying(/\.addToPrincipalPolicy\(|\.addToRolePolicy\(|\.attachInlinePolicy\(|\binlinePolicies:/)).toEqual([]);
});

test('every command, proofs and benchmarks too, reads its options in one way', () => {
  const home = 'cli/command-line.ts';
  const all = ['bench', 'e2e', ...FOLDERS]
    .filter(isThere)
    .flatMap(sourcesIn)
    .filter((file) => file.endsWith('.ts') && !file.startsWith('e2e/stryker/tool/'))
    .map((file) => ({ file, source: readFileSync(join(root, file), 'utf8') }));
  expect(all.filter(({ source }) => /\bparseArgs\b/.test(source)).map(({ file }) => file)).toEqual([home]);
  expect(all.filter(({ source }) => /\bclass \w*UsageError\b/.test(source)).map(({ file }) => file)).toEqual([home]);
  // The command of the build stage of the image gets one folder, from its Dockerfile.
  const image = ['ingest/gateway/image/main.ts'].filter(isThere);
  expect([...saying(/process\.argv\b/)].sort()).toEqual([home, ...image].sort());
});

test('how S3 is addressed is said once', () => {
  const asked = saying(/\bforcePathStyle\b/).filter((file) => !file.startsWith('cli/preflight/')); // asks AWS, or an emulator
  expect(asked).toEqual(['lib/dataset/s3-settings.ts']);
});

test('mistakes in datasets, stages, variables and command lines have one shape, and are printed in one form', () => {
  const home = 'lib/dataset/problems.ts';
  expect(saying(/\bfix: \$\{/)).toEqual([home]);
  expect([...saying(/\bextends ProblemsError\b/)].sort()).toEqual(
    ['cli/command-line.ts', 'ingest/gateway/environment.ts', home, 'lib/settings/errors.ts'].filter(isThere),
  );
});
