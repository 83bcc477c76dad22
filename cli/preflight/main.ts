#!/usr/bin/env -S npx tsx
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LakeConfig, LakeConfigError, loadConfig } from '../../config';
import type { StageSettings } from '../../lib/settings';
import { ExpectedError, runCommand } from '../command-line';
import { environment } from '../environment';
import { tellFailure } from '../failure';
import { deployedStacks } from './account/stacks';
import { readAssembly } from './assembly/assembly';
import { synthesize } from './assembly/synthesize';
import { type Aws, closeAws, openAws } from './aws/clients';
import { BadCredentials } from './aws/errors';
import { configuredRegion } from './aws/region';
import { CHECKS } from './checks';
import { type Caller, whoAmI } from './checks/credentials';
import type { Context } from './context';
import { thisMachine } from './machine';
import { helpText, type Options, parseOptions } from './options';
import { minimalPolicy } from './policy';
import { count, exitCode, type Reported, runChecks } from './preflight';
import { type Output, printReport, type Subject } from './report';
import { partitionOf } from './scope';

const PROJECT = join(__dirname, '..', '..');

/** The account cannot be asked at all. */
class CannotRun extends ExpectedError {
  constructor({ found, todo }: Reported) {
    super(`${found}\n  → ${todo}`, 2);
  }
}

/**
 * @param load reads the configuration
 * @returns the exit code: 0 nothing is in the way, 1 something is, 2 a mistake of use or no access to the account
 */
export async function main(
  args: readonly string[],
  out: Output = process.stdout,
  err: Pick<Output, 'write'> = process.stderr,
  load: () => Pick<LakeConfig, 'stages'> = loadConfig,
): Promise<number> {
  try {
    const { stages } = load();
    const options = parseOptions(
      args,
      stages.map(({ name }) => name),
    );
    if (options === 'help') {
      out.write(helpText(stages.map(({ name }) => name)));
      return 0;
    }
    const settings = stages.find(({ name }) => name === options.stage) as StageSettings;
    if (options.wantsPolicy) {
      const { account = '*', region = '*' } = settings;
      const policy = minimalPolicy(CHECKS, { settings, account, region, partition: partitionOf(region) });
      out.write(`${JSON.stringify(policy, null, 2)}\n`);
      return 0;
    }
    return await preflight(options, settings, out, err);
  } catch (error) {
    return fail(error, err);
  }
}

async function preflight(
  options: Options,
  settings: StageSettings,
  out: Output,
  err: Pick<Output, 'write'>,
): Promise<number> {
  const toStdout = options.json === '-';
  const region = settings.region ?? (await configuredRegion());
  if (region === undefined) {
    throw await cannotRun(options, out, {
      check: 'region',
      level: 'error',
      found: 'no region is known',
      todo: `Set AWS_REGION, or \`region\` in config/stages/${settings.name}.ts.`,
    });
  }
  const aws = openAws({ region });
  try {
    const caller = await identify(aws, region);
    const assembly =
      options.assembly === undefined
        ? await synthesize({ project: PROJECT, stage: settings.name })
        : readAssembly(options.assembly, settings.name);
    let deployed: ReturnType<Context['deployed']> | undefined;
    const context: Context = {
      ...{ settings, region, assembly, aws },
      machine: thisMachine,
      partition: caller.arn.split(':')[1] ?? partitionOf(region),
      account: caller.account,
      caller: caller.arn,
      deployed() {
        deployed ??= deployedStacks(aws, assembly);
        return deployed;
      },
    };
    const findings = await runChecks(context, CHECKS);
    const subject = { stage: settings.name, account: caller.account, region };
    printReport(toStdout ? err : out, subject, findings);
    await writeJson(options, out, subject, findings);
    return exitCode(count(findings), options.isStrict);
  } catch (error) {
    if (!(error instanceof BadCredentials)) throw error;
    const { message, todo } = error;
    throw await cannotRun(options, out, { check: 'credentials', level: 'error', found: message, todo });
  } finally {
    closeAws(aws);
  }
}

/** A network that is down looks like this: nothing was refused, nothing answered. */
async function identify(aws: Aws, region: string): Promise<Caller> {
  try {
    return await whoAmI(aws);
  } catch (error) {
    if (error instanceof BadCredentials || !(error instanceof Error)) throw error;
    const endpoint = environment().AWS_ENDPOINT_URL ?? `the endpoints of ${region}`;
    throw new BadCredentials(
      `AWS does not answer (${error.name}: ${error.message})`,
      `Look at the network and a proxy, and whether ${endpoint} is right.`,
      { cause: error },
    );
  }
}

async function cannotRun(options: Options, out: Output, finding: Reported): Promise<CannotRun> {
  await writeJson(options, out, { stage: options.stage }, [finding]);
  return new CannotRun(finding);
}

async function writeJson(
  { json }: Options,
  out: Output,
  subject: Partial<Subject>,
  findings: readonly Reported[],
): Promise<void> {
  if (json === undefined) return;
  const text = `${JSON.stringify({ ...subject, counts: count(findings), findings }, null, 2)}\n`;
  if (json === '-') out.write(text);
  else await writeFile(json, text);
}

/** @returns 2, since 1 says that something is in the way of a deployment */
function fail(error: unknown, err: Pick<Output, 'write'>): 2 {
  const known = error instanceof LakeConfigError ? new ExpectedError(error.message, 2) : error;
  tellFailure(known, 'npm run preflight', err);
  return 2;
}

if (require.main === module) runCommand(main, (error) => fail(error, process.stderr));
