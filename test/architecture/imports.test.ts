import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { importsOf, isThere, root, sourcesIn, topFolders } from './sources';

/**
 * Dependencies point one way: the dataset model knows nobody, code that runs in Lambda, in the ingest service or on a
 * laptop never loads the CDK, and nothing imports the app. A room is a folder; of two that hold a file, the first counts.
 */
const ROOMS: Readonly<Record<string, Room>> = {
  'lib/dataset': { knows: [], packages: 'none' },
  'lib/settings': { knows: ['lib/dataset'], packages: 'none' },
  // What AWS charges.
  'lib/prices': { knows: [], packages: 'none' },
  // What proofs and benchmarks run programs with.
  'e2e/tools': { knows: ['cli', 'cli/program', 'cli/environment', 'test/support'], packages: 'any' },
  'config/definition-file': { knows: [], packages: 'node' },
  // Datasets of well-known sources, as a fork writes its own.
  'lib/presets': { knows: ['lib/dataset'], packages: 'none' },
  'config/datasets': { knows: ['lib/dataset', 'lib/presets', 'config/definition-file'], packages: 'node' },
  // Optional parts of a lake, by their settings.
  'config/extensions': { knows: ['lib/settings', 'ingest/infra/settings'], packages: 'none' },
  'config/stages': { knows: ['lib/settings', 'config/definition-file', 'config/extensions'], packages: 'node' },
  // Checks the configuration; the first import of a command.
  'config/checked': { knows: ['config', 'lib/dataset'], packages: 'none' },
  config: {
    knows: ['lib/dataset', 'lib/settings', 'config/datasets', 'config/extensions', 'config/stages'],
    packages: 'node',
  },
  // What fits into a dataset is decided by one checker; who takes rows in asks the same as who compacts them.
  'lib/rows': { knows: ['lib/dataset'], packages: 'no CDK' },
  // The same files as an Iceberg table: the format.
  'lib/iceberg': { knows: ['lib/dataset'], packages: 'no CDK' },
  lambda: { knows: ['lib/dataset', 'config/datasets', 'lib/iceberg', 'lib/rows'], packages: 'no CDK' },
  'ingest/gateway': { knows: ['lib/dataset', 'config/datasets', 'lib/rows'], packages: 'no CDK' },
  'ingest/local': {
    knows: [
      'cli/command-line',
      'cli/environment',
      'cli/failure',
      'lib/dataset',
      'config/checked',
      'config/datasets',
      'cli',
      'ingest/gateway',
    ],
    packages: 'no CDK',
  },
  'ingest/simulation': { knows: ['cli/program'], packages: 'node' },
  'packages/ingest-client/src': { knows: ['lib/dataset'], packages: 'no CDK' },
  'packages/s3-loopback/src': { knows: ['lib/dataset'], packages: 'no CDK' },
  // The adapter of the commands' environment.
  'cli/environment': { knows: [], packages: 'none' },
  // Options, help, errors and exit codes of every command.
  'cli/command-line': { knows: ['lib/dataset'], packages: 'node' },
  'cli/visible': { knows: ['lib/rows'], packages: 'none' },
  'cli/failure': { knows: ['cli/command-line', 'cli/visible', 'lib/dataset'], packages: 'none' },
  'cli/program': { knows: ['cli/command-line', 'cli/failure'], packages: 'none' },
  // The engine reads checks in SQL.
  'cli/sql-checks': { knows: ['lambda', 'lib/dataset'], packages: 'none' },
  'cli/preflight': {
    knows: [
      'cli/command-line',
      'cli/environment',
      'cli/failure',
      'cli/sql-checks',
      'lib/dataset',
      'lib/presets',
      'lib/settings',
      'config',
      'config/datasets',
      'config/extensions',
      'config/stages',
      'ingest/preflight',
    ],
    packages: 'no CDK',
  },
  // What asks and tells a lake, deployed or of this machine.
  'cli/verbs': {
    knows: [
      'cli/command-line',
      'cli/environment',
      'cli/failure',
      'cli/visible',
      'cli/preflight',
      'lib/dataset',
      'lib/rows',
      'lib/settings',
      'config/datasets',
      'config/stages',
      'lambda',
      'cli',
    ],
    packages: 'no CDK',
  },
  // What a deployment would change.
  'cli/diff': {
    knows: [
      'cli/command-line',
      'cli/visible',
      'cli/preflight',
      'cli/verbs',
      'lib/dataset',
      'lib/settings',
      'config/datasets',
      'cli',
    ],
    packages: 'no CDK',
  },
  // What asks a deployed stage everything that only a stage can answer.
  'cli/smoke': {
    knows: [
      'cli/command-line',
      'cli/environment',
      'cli/failure',
      'cli/program',
      'cli/visible',
      'cli/preflight',
      'cli/verbs',
      'lib/dataset',
      'lib/iceberg',
      'lib/prices',
      'lib/settings',
      'config/checked',
      'config/datasets',
      'config/stages',
      'lambda',
      'cli',
      'ingest/smoke',
    ],
    packages: 'no CDK',
  },
  cli: {
    knows: [
      'cli/command-line',
      'cli/environment',
      'cli/failure',
      'cli/program',
      'cli/sql-checks',
      'cli/visible',
      'lib/dataset',
      'lib/iceberg',
      'lib/presets',
      'lib/prices',
      'lib/settings',
      'config/checked',
      'config/datasets',
      'lambda',
      'lib/rows',
      'cli/diff',
      'cli/verbs',
      'ingest/gateway',
      'ingest/local',
      'packages/ingest-client/src',
      'packages/s3-loopback/src',
    ],
    packages: 'no CDK',
  },
  bench: {
    knows: [
      'lib/dataset',
      'lib/prices',
      'e2e/tools',
      'lib/constructs',
      'test/fixtures/datasets',
      'lambda',
      'lib/rows',
      'cli',
      'cli/command-line',
      'cli/environment',
      'cli/program',
    ],
    packages: 'no CDK',
  },
  'ingest/bench': {
    knows: [
      'cli/command-line',
      'cli/program',
      'e2e/tools',
      'lib/dataset',
      'test/fixtures/datasets',
      'ingest/gateway',
      'ingest/local',
    ],
    packages: 'no CDK',
  },
  // What tests, proofs and benchmarks work with, whatever a fork declares.
  'test/fixtures/datasets': { knows: ['lib/dataset'], packages: 'none' },
  'lib/compliance': { knows: ['lib/dataset', 'lib/settings'], packages: 'any' },
  'lib/constructs': { knows: ['lib/dataset', 'lib/prices', 'lib/settings', 'lib/compliance'], packages: 'any' },
  'lib/stacks': { knows: ['lib/dataset', 'lib/settings', 'lib/compliance', 'lib/constructs'], packages: 'any' },
  'ingest/infra/settings': { knows: ['lib/dataset', 'lib/settings'], packages: 'node' },
  'ingest/preflight': {
    knows: ['lib/settings', 'ingest/infra/settings', 'cli/preflight'],
    packages: 'no CDK',
  },
  'ingest/smoke': {
    knows: [
      'cli/smoke',
      'cli',
      'lib/dataset',
      'lib/prices',
      'lib/settings',
      'ingest/gateway',
      'ingest/infra/settings',
      'packages/ingest-client/src',
    ],
    packages: 'no CDK',
  },
  'ingest/infra': {
    knows: ['lib/dataset', 'lib/settings', 'lib/compliance', 'lib/constructs', 'lib/stacks', 'ingest/infra/settings'],
    packages: 'any',
  },
  bin: {
    knows: [
      'lib/dataset',
      'lib/settings',
      'lib/compliance',
      'lib/stacks',
      'ingest/infra',
      'config',
      'config/datasets',
      'config/stages',
    ],
    packages: 'any',
  },
};

/** Folders of TypeScript that may import everything. */
const FREE = [
  'test',
  'e2e',
  'bench/test',
  'cli/test',
  'ingest/test',
  'ingest/e2e',
  'packages/ingest-client/test',
  'packages/s3-loopback/test',
];

/** Files of those folders that may read the configuration. All others have datasets and stages of their own. */
const READS_CONFIG = [
  'test/shipped/', // checks it
  'test/dataset/config.test.ts', // how it is read
  'test/settings/config.test.ts',
  'ingest/test/settings/config.test.ts',
  'ingest/test/infra/seams.test.ts', // whether it names the tier
  'ingest/e2e/image/gateway.ts',
  'ingest/e2e/image/main.ts', // the image holds the datasets of the fork
  'e2e/walkthrough/app.ts', // runs in a copy of the project that has those of the tests
];

interface Room {
  /** Rooms that it may import from, besides itself. */
  readonly knows: readonly string[];
  /** `none`: relative imports only. `node`: and Node's own modules. `no CDK`: any package without a construct. */
  readonly packages: 'none' | 'node' | 'no CDK' | 'any';
}

/** Not the specification of CloudFormation, which is data. */
const CDK = /^(?:aws-cdk-lib|constructs|cdk-nag|@aws-cdk\/(?!aws-service-spec)[^/]+)(?:\/|$)/;

/** What breaks the rules in one source file. `file` is relative to the project, with forward slashes. */
function violations(file: string, source: string): readonly string[] {
  const room = roomOf(file);
  if (room === undefined) return [`${file} is in no room: add its folder to the table`];
  const rules = ROOMS[room];
  return importsOf(source).flatMap(({ target }) => {
    const isBroken = target.startsWith('.')
      ? !isKnown(
          room,
          normalize(join(dirname(file), target))
            .split(sep)
            .join('/'),
        )
      : !isAllowedPackage(rules?.packages ?? 'none', target);
    return isBroken ? [`${file} imports ${target}`] : [];
  });
}

function roomOf(path: string): string | undefined {
  const name = path.replace(/\.ts$/, '');
  return Object.keys(ROOMS).find((room) => name === room || name.startsWith(`${room}/`));
}

function isKnown(room: string, path: string): boolean {
  const target = roomOf(path);
  return target !== undefined && (target === room || ROOMS[room]?.knows.includes(target) === true);
}

function isAllowedPackage(packages: Room['packages'], target: string): boolean {
  switch (packages) {
    case 'none':
      return false;
    case 'node':
      return target.startsWith('node:');
    case 'no CDK':
      return !CDK.test(target);
    case 'any':
      return true;
  }
}

const isFree = (file: string): boolean => FREE.some((folder) => file.startsWith(`${folder}/`));
/** Folders at the top that are there: a fork may have removed some. */
const tops = [...new Set([...Object.keys(ROOMS), ...FREE].map((room) => room.split('/')[0] ?? room))].filter((folder) =>
  existsSync(join(root, folder)),
);
const folders = tops.filter((folder) => !FREE.includes(folder));

test.each(folders)('imports of %s point the right way', (folder) => {
  const files = sourcesIn(folder).filter((file) => !isFree(file));
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => violations(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
});

/** Files of a free folder, with their text, that import the configuration. */
const readersIn = (sources: readonly (readonly [file: string, source: string])[]): readonly string[] =>
  sources
    .filter(([file]) => !READS_CONFIG.some((known) => (known.endsWith('/') ? file.startsWith(known) : file === known)))
    .filter(([file, source]) =>
      importsOf(source).some(({ target }) => {
        return (
          target.startsWith('.') &&
          /^config(?:\/|$)/.test(
            normalize(join(dirname(file), target))
              .split(sep)
              .join('/'),
          )
        );
      }),
    )
    .map(([file]) => file);

test('no test and no proof depends on the datasets and stages of the fork', () => {
  const sources = FREE.filter((folder) => existsSync(join(root, folder)))
    .flatMap(sourcesIn)
    .map((file) => [file, readFileSync(join(root, file), 'utf8')] as const);
  expect(readersIn(sources)).toEqual([]);
  expect(
    readersIn([
      ['test/a/b.test.ts', "import { datasets } from '../../config/datasets';"],
      ['e2e/a.ts', "const dev = require('../config/stages/dev');"],
      ['test/c.ts', "import { loadConfig } from '../config';"],
      ['test/shipped/d.test.ts', "import { loadConfig } from '../../config';"],
      ['test/e.ts', "import '../lib/config';\nimport { datasets } from './fixtures/datasets';"],
    ]),
  ).toEqual(['test/a/b.test.ts', 'e2e/a.ts', 'test/c.ts']);
});

test('every folder of TypeScript is a room', () => {
  const known = new Set(tops);
  const others = topFolders.filter((name) => !known.has(name) && sourcesIn(name).some((file) => file.endsWith('.ts')));
  expect(others).toEqual([]);
});

describe('the map in CONTRIBUTING.md', () => {
  const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const map = page.slice(page.indexOf('| folder | what | may import |')).split('\n\n')[0] ?? '';
  const rows = [...map.matchAll(/^\| (`.+?) \| .+ \| (.*?) ?\|$/gm)].map(([, names = '', may = '']) => ({
    folders: [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    may,
  }));

  test.each(rows.filter(({ folders: [first = ''] }) => first !== 'docs' && isThere(first)))(
    '$folders: says what it may import',
    (row) => {
      const rooms = row.folders.flatMap((folder) =>
        Object.keys(ROOMS).filter(
          (room) => room === folder || room.startsWith(`${folder}/`) || folder.startsWith(`${room}/`),
        ),
      );
      const own = (room: string): boolean => rooms.some((name) => room === name || room.startsWith(`${name}/`));
      const known = new Set(rooms.flatMap((room) => ROOMS[room]?.knows ?? []).filter((room) => !own(room)));
      const widest = [...known].filter((room) => ![...known].some((other) => room.startsWith(`${other}/`)));
      const named = widest.map((room) => `\`${room}${existsSync(join(root, room)) ? '' : '.ts'}\``).sort();
      const free = row.folders.every((folder) => FREE.includes(folder));
      // What a fork has removed, the page may still name.
      const may = row.may.split(', ').filter((name) => isThere(name.replaceAll('`', '')) || !/^`/.test(name));
      expect(may.join(', ')).toBe(
        free ? 'everything' : named.filter((name) => isThere(name.replaceAll('`', ''))).join(', ') || 'nothing',
      );
    },
  );

  test('has every folder that a room lies in, and no other; so has the tree in the README', () => {
    const named = rows.flatMap((row) => row.folders.map((folder) => folder.split('/')[0] ?? '')).filter(isThere);
    expect([...new Set(named)].sort()).toEqual([...tops, 'docs'].sort());
    const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as { include: string[] };
    expect(include.filter(isThere).sort()).toEqual([...tops].sort());
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const tree = [...readme.matchAll(/^([a-z0-9]+)\/ {2,}\S/gm)].map(([, folder = '']) => folder);
    expect(tree.filter(isThere).sort()).toEqual([...tops, 'docs'].sort());
  });
});

describe('the check', () => {
  test.each([
    ['lib/dataset/parse.ts', "import { App } from 'aws-cdk-lib';", 'aws-cdk-lib'],
    ['lib/dataset/parse.ts', "import type { Stage } from '../settings/model';", '../settings/model'],
    [
      'lib/dataset/checks/names.ts',
      "export * from '../../../lambda/compaction/names';",
      '../../../lambda/compaction/names',
    ],
    ['lib/dataset/parse.ts', "import { readFileSync } from 'node:fs';", 'node:fs'],
    ['lib/dataset/parse.ts', "import '@aws-sdk/client-s3';", '@aws-sdk/client-s3'],
    ['lambda/compaction/planner.ts', "import { Stack } from 'aws-cdk-lib/core';", 'aws-cdk-lib/core'],
    ['lambda/compaction/planner.ts', "import {\n  type Construct,\n} from 'constructs';", 'constructs'],
    ['lambda/compaction/planner.ts', "const lake = await import('../../cli/lake');", '../../cli/lake'],
    [
      'ingest/gateway/main.ts',
      "const { planner } = require('../../lambda/compaction/planner');",
      '../../lambda/compaction/planner',
    ],
    ['cli/main.ts', "let stack: import('../lib/stacks/lake-stage').LakeStage;", '../lib/stacks/lake-stage'],
    ['lib/constructs/zone-bucket.ts', "import { LakeStage } from '../stacks/lake-stage';", '../stacks/lake-stage'],
    [
      'lib/stacks/lake-stage.ts',
      "import { handler } from '../../lambda/compaction/planner';",
      '../../lambda/compaction/planner',
    ],
    ['config/datasets/orders.ts', "import { Duration } from 'aws-cdk-lib';", 'aws-cdk-lib'],
  ])('finds that %s must not say %s', (file, source, target) => {
    expect(violations(file, `const a = 1;\n${source}\n`)).toEqual([`${file} imports ${target}`]);
  });

  test('takes what is allowed', () => {
    const source = "import { join } from 'node:path';\nimport { S3Client } from '@aws-sdk/client-s3';\n";
    const relative =
      "import { datasets } from '../../config/datasets';\nimport type { Dataset } from '../../lib/dataset';\n";
    expect(violations('lambda/compaction/planner.ts', `${source}${relative}import './names';`)).toEqual([]);
  });

  test('knows of no file outside the rooms', () => {
    expect(violations('lib/other/a.ts', '')).toEqual(['lib/other/a.ts is in no room: add its folder to the table']);
  });
});
