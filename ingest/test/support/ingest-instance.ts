import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import type { TestStage } from '../../../test/support/cdk';
import { ingestStacks } from './stacks';

export const INSTANCE_ID = 'i-0123456789abcdef0';

/** The user data of a stage's launch template, as an instance would get it. */
export function userDataOf(stage: TestStage): string {
  const key = JSON.stringify(stage);
  const userData = synthesized.get(key) ?? synthesizedUserData(stage);
  synthesized.set(key, userData);
  return userData;
}

const synthesized = new Map<string, string>();

function synthesizedUserData(stage: TestStage): string {
  const { ingest } = ingestStacks(stage);
  if (ingest === undefined) throw new Error('the stage has no ingest tier');
  const templates = Object.values(Template.fromStack(ingest).findResources('AWS::EC2::LaunchTemplate'));
  return String(resolve(templates[0]?.Properties.LaunchTemplateData.UserData['Fn::Base64']));
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': '111122223333',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::Partition': 'aws',
  'AWS::StackName': 'lake-test-ingest',
};

/** What CloudFormation puts in, by names that tell where it comes from. */
function resolve(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, readonly unknown[]];
    return parts.map(resolve).join(separator);
  }
  if (name === 'Ref' && String(argument) in PSEUDO) return PSEUDO[String(argument)];
  const words =
    JSON.stringify(argument)
      .toLowerCase()
      .match(/[a-z]+[a-z0-9]*/g) ?? [];
  return words.join('-');
}

/** Every program of an instance that a script of ours may call, by what it answers. Others are the machine's own. */
const STAND_INS: Readonly<Record<string, string>> = {
  dnf: '',
  docker: '',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the shell
  systemctl: 'case "$1" in show) echo "${UNIT_RESULT:-success}";; stop) exit "${STOP_CODE:-0}";; esac',
  chown: '',
  sleep: '',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the shell
  aws: 'case "$*" in *get-secret-value*) echo "secret of the store";; *"${AWS_FAILS:-no such call}"*) exit 255;; esac',
  openssl: 'while (($#)); do case "$1" in -keyout|-out) echo "$1" >"$2";; esac; shift; done',
  curl: [
    'case "$*" in',
    '  *"-X PUT"*"X-aws-ec2-metadata-token-ttl-seconds"*/latest/api/token) echo TOKEN;;',
    `  *"X-aws-ec2-metadata-token: TOKEN"*/instance-id) echo ${INSTANCE_ID};;`,
    '  *"X-aws-ec2-metadata-token: TOKEN"*/target-lifecycle-state) counted InService Terminated;;',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the shell
    '  *readyz) counted 1 "${READY_CODE:-0}" >"$STATE/code"; exit "$(cat "$STATE/code")";;',
    '  *) exit 22;;',
    'esac',
  ].join('\n'),
};

/** counted FIRST THEN: FIRST on the first two calls of a program, THEN from the third on. */
const COUNTED = [
  'counted() {',
  '  echo >>"$STATE/count"',
  '  if (($(wc -l <"$STATE/count") <= 2)); then echo "$1"; else echo "$2"; fi',
  '}',
].join('\n');

export interface Ended {
  readonly code: number | null;
  /** Every call of a stand-in, in order: its name and its arguments. */
  readonly calls: readonly string[];
  readonly output: string;
}

/** A folder that the scripts take for the root of an instance, with stand-ins for what they call. */
export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), 'ingest-instance-'));
  readonly #bin = join(this.root, 'stand-ins');

  constructor() {
    mkdirSync(this.#bin);
    mkdirSync(join(this.root, 'etc/systemd/system'), { recursive: true });
    for (const [name, body] of Object.entries(STAND_INS)) {
      const path = join(this.#bin, name);
      writeFileSync(path, `#!/bin/bash\necho "${name} $*" >>"$CALLS"\n${COUNTED}\n${body}\n`);
      chmodSync(path, 0o755);
    }
  }

  /** @param command for bash, such as the user data or the path of a script @param environment what the stand-ins are to answer */
  run(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Ended {
    const state = mkdtempSync(join(this.root, 'run-'));
    const calls = join(state, 'calls');
    writeFileSync(calls, '');
    const { status, stdout, stderr } = spawnSync('bash', command, {
      encoding: 'utf8',
      timeout: 20_000,
      env: {
        PATH: `${this.#bin}:${process.env.PATH}`,
        LAKE_ROOT: this.root,
        STATE: state,
        CALLS: calls,
        TMPDIR: state,
        ...environment,
      },
    });
    return {
      code: status,
      calls: readFileSync(calls, 'utf8').replaceAll(this.root, '').trimEnd().split('\n'),
      output: stdout + stderr,
    };
  }

  /** As cloud-init does it. */
  boot(userData: string, environment: Readonly<Record<string, string>> = {}): Ended {
    const path = join(this.root, 'user-data');
    writeFileSync(path, userData);
    return this.run([path], environment);
  }

  script = (name: string, environment: Readonly<Record<string, string>> = {}): Ended =>
    this.run([join(this.root, 'opt/lake-ingest', name)], environment);

  path = (path: string): string => join(this.root, path);
  exists = (path: string): boolean => existsSync(this.path(path));
  read = (path: string): string => readFileSync(this.path(path), 'utf8');
  remove = (): void => rmSync(this.root, { recursive: true, force: true });
}

/** As `docker run --env-file` reads it: no quotes, no escapes. */
export const environmentFile = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
