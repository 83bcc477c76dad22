import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IgnoreStrategy } from 'aws-cdk-lib';
import { readStages, type Stage, type Step } from '../../e2e/image/dockerfile';
import { bundleImage } from '../../gateway/image/bundle';

const PROJECT = join(__dirname, '..', '..', '..');
const source = readFileSync(join(PROJECT, 'ingest', 'gateway', 'Dockerfile'), 'utf8');
const ignored = readFileSync(join(PROJECT, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => !/^(?:#|$)/.test(line));
const context = IgnoreStrategy.docker(PROJECT, ignored);

const last = (stages: readonly Stage[]): Stage => stages.at(-1) as Stage;
const all = (stage: Stage, keyword: string): readonly Step[] => stage.steps.filter((step) => step.keyword === keyword);
const only = (stage: Stage, keyword: string): Step | undefined => all(stage, keyword).at(-1);

/** Each rule says what is wrong with a Dockerfile; nothing if it keeps the rule. */
const RULES: Readonly<Record<string, (text: string) => readonly string[]>> = {
  'two stages or more, and the last one takes files from another stage only': (text) => {
    const stages = readStages(text);
    const outside = all(last(stages), 'COPY').filter(({ flags }) => flags.from === undefined);
    return [...(stages.length < 2 ? ['one stage'] : []), ...outside.map((step) => step.text)];
  },
  'bases are exact versions, or digests': (text) =>
    readStages(text)
      .map(({ base }) => base)
      .filter((base) => !/:\d+\.\d+\.\d+-[a-z]+-slim$/.test(base) && !/@sha256:[0-9a-f]{64}$/.test(base)),
  'user 1001, by number, after the last file': (text) => {
    const { steps } = last(readStages(text));
    const at = steps.findLastIndex(({ keyword }) => keyword === 'USER');
    const late = steps.slice(at + 1).filter(({ keyword }) => keyword === 'RUN' || keyword === 'COPY');
    return [...(steps[at]?.text === '1001:1001' ? [] : ['no USER 1001:1001']), ...late.map((step) => step.text)];
  },
  'port 5001 and no other, the same as the setting': (text) => {
    const stage = last(readStages(text));
    const isSet = /\bINGEST_PORT=5001\b/.test(
      all(stage, 'ENV')
        .map((step) => step.text)
        .join(' '),
    );
    const ports = all(stage, 'EXPOSE').map((step) => step.text);
    return ports.join() === '5001' && isSet ? [] : [`EXPOSE ${ports.join()}`];
  },
  'commands are started without a shell, which would keep SIGTERM to itself': (text) => {
    const stage = last(readStages(text));
    return ['CMD', 'HEALTHCHECK'].filter((keyword) => only(stage, keyword)?.isJson !== true);
  },
  'a home is set, without which the AWS SDK can send nothing for a user that has no name': (text) =>
    all(last(readStages(text)), 'ENV').some((step) => /\bHOME=\/app\b/.test(step.text)) ? [] : ['no HOME'],
  'no ADD': (text) => readStages(text).flatMap((stage) => all(stage, 'ADD').map((step) => step.text)),
  'nothing is downloaded but packages of the lock file': (text) =>
    readStages(text)
      .flatMap((stage) => all(stage, 'RUN'))
      .map((step) => step.text)
      .filter((run) => /curl|wget|apt|https?:|npm (?:i|install)\b|(?:^|[\s;&])npx\s/.test(run)),
  'scripts of packages do not run': (text) =>
    readStages(text)
      .flatMap((stage) => all(stage, 'RUN'))
      .map((step) => step.text)
      .filter((run) => /npm ci/.test(run) && !run.includes('--ignore-scripts')),
  'packages are those of the gateway, without the rest of the lake': (text) =>
    readStages(text)
      .flatMap((stage) => all(stage, 'RUN'))
      .map((step) => step.text)
      .filter((run) => /npm ci/.test(run) && !/ --workspace ingest --omit=dev /.test(run)),
  'no secrets': (text) =>
    readStages(text)
      .flatMap(({ steps }) => steps)
      .filter(({ keyword }) => keyword === 'ENV' || keyword === 'ARG' || keyword === 'COPY')
      .map((step) => step.text)
      .filter((text) => /PASSWORD|SECRET|TOKEN|AWS_|\.env|\.pem|\.key\b/i.test(text)),
  'files belong to root and cannot be written': (text) =>
    all(last(readStages(text)), 'COPY')
      .filter(({ flags }) => flags.chown !== '0:0' || flags.chmod !== '0444')
      .map((step) => step.text),
  'the last stage holds the bundle alone': (text) =>
    all(last(readStages(text)), 'COPY')
      .flatMap(({ words }) => words.slice(0, -1))
      .filter((path) => !/^\/build\/image\/(?:gateway\.js(?:\.LEGAL\.txt)?|health\.js)$/.test(path)),
  'the last stage has no package manager': (text) =>
    ['/usr/local/lib/node_modules', '/usr/local/bin/npm', '/usr/local/bin/npx', '/usr/local/bin/corepack'].filter(
      (path) => !all(last(readStages(text)), 'RUN').some(({ words }) => words[0] === 'rm' && words.includes(path)),
    ),
  'labels name it and its licence': (text) =>
    ['title', 'description', 'licenses'].filter(
      (name) => only(last(readStages(text)), 'LABEL')?.text.includes(`org.opencontainers.image.${name}=`) !== true,
    ),
};

test.each(Object.keys(RULES))('%s', (name) => {
  expect(RULES[name]?.(source)).toEqual([]);
});

const TAIL = 'USER 1001:1001';
test.each([
  ['bases are exact versions, or digests', 'node:24.11.1-bookworm-slim', 'node:latest'],
  ['bases are exact versions, or digests', 'node:24.11.1-bookworm-slim', 'node:24'],
  ['two stages or more, and the last one takes files from another stage only', TAIL, `COPY . .\n${TAIL}`],
  ['user 1001, by number, after the last file', TAIL, 'USER node'],
  ['user 1001, by number, after the last file', TAIL, `${TAIL}\nRUN chmod 777 /app`],
  ['user 1001, by number, after the last file', TAIL, `${TAIL}\nUSER root`],
  ['port 5001 and no other, the same as the setting', 'EXPOSE 5001', 'EXPOSE 5001 22'],
  ['port 5001 and no other, the same as the setting', 'INGEST_PORT=5001', 'INGEST_PORT=8080'],
  [
    'commands are started without a shell, which would keep SIGTERM to itself',
    'CMD ["node", "--max-old-space-size=256", "--max-semi-space-size=16", "gateway.js"]',
    'CMD node gateway.js',
  ],
  ['a home is set, without which the AWS SDK can send nothing for a user that has no name', 'HOME=/app', 'X=1'],
  ['no ADD', TAIL, `ADD https://example.com/x /x\n${TAIL}`],
  ['nothing is downloaded but packages of the lock file', TAIL, `RUN curl -o x https://example.com\n${TAIL}`],
  ['scripts of packages do not run', ' --ignore-scripts', ''],
  ['packages are those of the gateway, without the rest of the lake', ' --workspace ingest', ''],
  ['packages are those of the gateway, without the rest of the lake', ' --omit=dev', ''],
  ['no secrets', TAIL, `ENV DB_PASSWORD=x\n${TAIL}`],
  ['files belong to root and cannot be written', '--chown=0:0', '--chown=1001:1001'],
  ['the last stage holds the bundle alone', '/build/image/health.js ./', '/build/node_modules ./'],
  ['the last stage has no package manager', '/usr/local/bin/npx ', ''],
  ['labels name it and its licence', 'image.licenses=', 'image.other='],
])('a Dockerfile that breaks "%s" is found: %s', (rule, from, to) => {
  expect(source).toContain(from);
  expect(RULES[rule]?.(source.replace(from, to))).not.toEqual([]);
});

describe('the build', () => {
  let folder: string;
  let inputs: readonly string[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'image-test-'));
    inputs = bundleImage(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const copied = (): readonly string[] =>
    all(readStages(source)[0] as Stage, 'COPY').flatMap(({ words }) => words.slice(0, -1));

  test('sees every source that it needs', () => {
    const own = inputs.filter((input) => !input.startsWith('node_modules/'));
    expect(own).toContain('ingest/gateway/main.ts');
    const isCopied = (file: string): boolean => copied().some((path) => file === path || file.startsWith(`${path}/`));
    expect(own.filter((file) => !isCopied(file))).toEqual([]);
    expect(own.filter((file) => context.ignores(join(PROJECT, file)))).toEqual([]);
    for (const path of copied()) expect(existsSync(join(PROJECT, path))).toBe(true);
  });

  test.each([
    'node_modules/jose/package.json',
    '.git/config',
    'cdk.out/x',
    '.tools/x',
    'lake/.lake/token',
    'test/a.ts',
  ])('does not see %s', (file) => {
    expect(context.ignores(join(PROJECT, file))).toBe(true);
  });

  test.each(['ingest/gateway/.env', 'ingest/gateway/tls.key', 'config/datasets/a.pem'])('does not see %s', (file) => {
    expect(context.ignores(join(PROJECT, file))).toBe(true);
  });

  test('writes what the last stage takes, of packages that the build stage installs', () => {
    const taken = all(last(readStages(source)), 'COPY').flatMap(({ words }) => words.slice(0, -1));
    expect(readdirSync(folder).sort()).toEqual(taken.map((path) => path.replace('/build/image/', '')).sort());
    const packages = new Set(inputs.flatMap((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []));
    expect(packages).toContain('fastify');
    const installed = productionPackages('ingest');
    // `debug` colours its lines where these happen to be installed, as they are here.
    const optional = ['supports-color', 'has-flag'];
    expect([...packages].filter((name) => !installed.has(name) && !optional.includes(name))).toEqual([]);
    // Nothing is installed for the gateway that belongs to the rest of the lake.
    expect([...installed].filter((name) => /^(?:aws-cdk-lib|constructs|cdk-nag|@duckdb\/.*)$/.test(name))).toEqual([]);
    expect(installed.size).toBeLessThan(150);
  });
});

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What `npm ci --workspace --omit=dev` installs, by the lock file: names, wherever they lie. */
function productionPackages(workspace: string): ReadonlySet<string> {
  const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Locked>>;
  };
  const names = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      // As Node.js looks: in the package's own folder first, then in each above it.
      let folder = path;
      while (folder !== '' && packages[`${folder}/node_modules/${name}`] === undefined) {
        folder = folder.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$|^(?!.*node_modules\/).*$/, '');
      }
      const found = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
      if (packages[found] === undefined) continue; // for another platform
      names.add(name);
      visit(found);
    }
  };
  visit(workspace);
  return names;
}
