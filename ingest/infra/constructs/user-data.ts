import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserData } from 'aws-cdk-lib/aws-ec2';

const FOLDER = join(__dirname, 'instance');
const SCRIPTS = ['common.sh', 'boot.sh', 'prepare.sh', 'run.sh', 'drain.sh'];
const UNITS = ['lake-ingest.service', 'lake-ingest-drain.service'];

/** Variables of the scripts in `instance/`. */
export interface InstanceEnvironment {
  readonly AWS_REGION: string;
  /** With its digest or content-addressed tag, so that a new image is a new launch template and rolls the group. */
  readonly IMAGE: string;
  readonly GROUP_NAME: string;
  readonly LAUNCH_HOOK: string;
  readonly TERMINATE_HOOK: string;
  readonly LOG_GROUP: string;
  readonly STACK_NAME: string;
  readonly GROUP_LOGICAL_ID: string;
  /** Empty where no store is configured. */
  readonly STORE_SECRET_ARN: string;
  readonly PORT: number;
  /** Limit of the container, with its unit: `640m`. */
  readonly MEMORY: string;
  readonly DEREGISTRATION_SECONDS: number;
  readonly STOP_SECONDS: number;
  readonly POLL_SECONDS: number;
}

export interface UserDataProps {
  readonly instance: InstanceEnvironment;
  /** Variables of the gateway, for its container. */
  readonly gateway: Readonly<Record<string, string>>;
  /** Files of the container's folder `/etc/lake-ingest`, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Writes the scripts and their settings to the instance and starts the first. User data of EC2 has at most 16 KB:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
 */
export function instanceUserData({ instance, gateway, files }: UserDataProps): UserData {
  return UserData.custom(
    [
      '#!/bin/bash',
      'set -eo pipefail', // LAKE_ROOT is set by tests alone
      'mkdir -p "$LAKE_ROOT/etc/lake-ingest/keys" "$LAKE_ROOT/opt/lake-ingest"',
      'cd "$LAKE_ROOT/etc/lake-ingest"',
      file('instance.env', lines(instance, shellQuoted)),
      file('gateway.env', lines(gateway, String)),
      ...Object.entries(files).map(([name, text]) => file(`keys/${name}`, text)),
      'cd "$LAKE_ROOT/opt/lake-ingest"',
      ...[...SCRIPTS, ...UNITS].map((name) => file(name, withoutComments(readFileSync(join(FOLDER, name), 'utf8')))),
      'chmod 0755 ./*.sh',
      'exec ./boot.sh',
      '',
    ].join('\n'),
  );
}

/** A here-document whose text the shell leaves as it is. */
const file = (name: string, text: string): string => `cat > ${name} <<'END_OF_FILE'\n${text.trimEnd()}\nEND_OF_FILE`;

const lines = (values: object, quote: (value: string | number) => string): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join('\n');

const shellQuoted = (value: string | number): string => `'${String(value).replaceAll("'", `'\\''`)}'`;

/** Comments are for whoever reads the repository. */
const withoutComments = (script: string): string =>
  script.replaceAll(/^\s*#(?!!).*\n/gm, '').replaceAll(/\n{2,}/g, '\n');
