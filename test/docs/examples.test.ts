import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NagPack } from 'cdk-nag';
import { Construct } from 'constructs';
import { filesBelow, hasIngest, PROJECT, read } from './pages';

interface Documented {
  readonly file: string;
  readonly name: string;
  /** Lines of its example; undefined where it has none. */
  readonly example: string | undefined;
}

/** Exported classes, and functions that create something in a scope, with the docstring in front of each. */
const DECLARED =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^export (?:class (\w+) extends \w+|(?:function|const) (\w+)(?: = )?\(scope: Construct, id: string)/gm;

const SOURCES = ['lib/compliance', 'lib/constructs', 'lib/stacks', ...(hasIngest ? ['ingest/infra'] : [])]
  .flatMap(filesBelow)
  .filter((file) => file.endsWith('.ts'));

const documented = SOURCES.flatMap((file): Documented[] =>
  [...read(file).matchAll(DECLARED)].map(([, doc = '', construct, creator]) => ({
    file,
    name: construct ?? creator ?? '',
    example: /@example\n \* ```ts\n([\s\S]*?) \* ```/.exec(doc)?.[1]?.replace(/^ \* ?/gm, ''),
  })),
);

/** Constructs and rule packs that a file exports, whatever class they extend, and functions that create one. */
function exportedConstructs(file: string): string[] {
  const creators = documented.filter((one) => one.file === file && /^[a-z]/.test(one.name)).map(({ name }) => name);
  const classes = Object.entries(require(join(PROJECT, file)) as Record<string, unknown>)
    .filter(([, value]) => isClassOf(value, Construct) || isClassOf(value, NagPack))
    .map(([name]) => name)
    .filter((name) => new RegExp(`^export (?:abstract )?class ${name}\\b`, 'm').test(read(file)));
  return [...classes, ...creators];
}

const isClassOf = (value: unknown, base: abstract new (...args: never[]) => object): boolean =>
  typeof value === 'function' && value.prototype instanceof base;

/** The programs in the READMEs of packages, which import the package as if it was copied beside them. */
const packagePrograms = filesBelow('packages')
  .filter((file) => /^packages\/[\w-]+\/README\.md$/.test(file))
  .map((file) => {
    const name = file.split('/')[1] ?? '';
    const program = /^```ts\n([\s\S]*?)^```/m.exec(read(file))?.[1] ?? '';
    // Their `await` is that of a module; here it stands in a function.
    const [imports = '', ...rest] = program.replace(`'./${name}'`, `'../../packages/${name}/src'`).split('\n\n');
    return { name, program: `${imports}\nexport async function run() {\n${rest.join('\n\n')}}\n` };
  });

test('every package has a program in its README that uses it', () => {
  expect(packagePrograms.map(({ name }) => name)).toContain('s3-loopback');
  for (const { name, program } of packagePrograms) expect(program).toContain(`packages/${name}/src'`);
});

test('every construct that is exported, and every function that creates one, has an example', () => {
  const constructs = SOURCES.flatMap((file) => exportedConstructs(file).map((name) => `${file}: ${name}`));
  const shown = documented.filter(({ example }) => example !== undefined).map(({ file, name }) => `${file}: ${name}`);
  expect(constructs.length).toBeGreaterThan(20);
  expect(constructs).toContain('lib/constructs/delivery/firehose-role.ts: FirehoseRole'); // by way of a class of its own
  expect(constructs.filter((name) => !shown.includes(name))).toEqual([]);
});

test('every example is a program that the compiler takes', () => {
  // Within the project, so that its packages are found.
  const parent = join(PROJECT, '.cache');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'examples-'));
  try {
    for (const { file, name, example } of documented) {
      if (example === undefined) continue;
      const given = "import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';\n";
      const own = `import { ${name} } from '../../${file.replace(/\.ts$/, '')}';\n`;
      const rest = names(example, name);
      const source = `${given}${own}import { ${rest.join(', ')} } from '../../test/docs/examples/given';\n{\n${example}}\nexport {};\n`;
      writeFileSync(join(folder, `${name}.ts`), source);
    }
    for (const { name, program } of packagePrograms) writeFileSync(join(folder, `${name}.ts`), program);
    const compilerOptions = { noEmit: true, noUnusedLocals: false, rootDir: PROJECT };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] }),
    );
    expect(compile(folder)).toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** What an example is given: names of test/docs/examples/given.ts that occur in it. */
function names(example: string, own: string): string[] {
  const given = [...read('test/docs/examples/given.ts').matchAll(/^export (?:declare const (\w+)|\{ ([\w, ]+) \})/gm)]
    .flatMap(([, one, several]) => (one === undefined ? (several ?? '').split(', ') : [one]))
    .filter((name) => name !== own);
  const declared = [...example.matchAll(/\bconst (?:(\w+)|\{ ([\w, ]+) \})/g)].flatMap(([, one, several]) =>
    one === undefined ? (several ?? '').split(', ') : [one],
  );
  return given.filter((name) => new RegExp(`\\b${name}\\b`).test(example) && !declared.includes(name));
}

function compile(folder: string): string {
  try {
    execFileSync(join(PROJECT, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
