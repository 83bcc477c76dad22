import { App, type AppProps, Stack } from 'aws-cdk-lib';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { context as featureFlags } from '../../cdk.json';
import { type Assembly, readAssembly } from '../../cli/preflight/assembly/assembly';
import type { Dataset } from '../../lib/dataset';
import {
  type AccessDefinition,
  LAKE_ROLES,
  type LakePrincipals,
  type StageDefinition,
  type StageSettings,
} from '../../lib/settings';
import { LakeStage } from '../../lib/stacks/lake-stage';
import { StorageStack } from '../../lib/stacks/storage-stack';
import { datasets as shipped } from '../fixtures/datasets';
import { stages } from '../fixtures/stages';
import { extensions, parseStage } from './extensions';

afterAll(() => CloudAssembly.cleanupTemporaryDirectories());

/**
 * An app as `cdk synth` would build it: with the feature flags of cdk.json. Lambda bundling and the CloudFormation validator
 * are off, because they cost seconds and have suites of their own; stack traces and metadata, because nobody reads them.
 */
export const testApp = (context: Record<string, unknown> = {}, props: AppProps = {}): App =>
  new App({
    builtinCloudFormationValidation: false,
    analyticsReporting: false,
    treeMetadata: false,
    ...props,
    context: {
      ...featureFlags,
      'aws:cdk:bundling-stacks': [],
      'aws:cdk:disable-stack-trace': true,
      ...context,
    },
  });

/** Settings of a stage called `test`: the defaults, save for what is given. */
export const testSettings = (definition: Omit<StageDefinition, 'name'> = {}): StageSettings =>
  parseStage({ name: 'test', ...definition });

export interface TestStage {
  readonly stage?: Omit<StageDefinition, 'name'>;
  readonly datasets?: readonly Dataset[];
  readonly context?: Record<string, unknown>;
  readonly app?: App;
}

/** All stacks of one stage. */
export const testLake = ({ stage, datasets = shipped, context, app = testApp(context) }: TestStage = {}): LakeStage =>
  new LakeStage(app, { settings: testSettings(stage), datasets, extensions });

/** The assembly of one of the stages that the tests have. */
export function assemblyOf(name: string): Assembly {
  const settings = stages.find((stage) => stage.name === name);
  if (settings === undefined) throw new Error(`The tests have no stage '${name}'.`);
  const app = testApp();
  new LakeStage(app, { settings, datasets: shipped, extensions });
  return readAssembly(app.synth().directory, name);
}

/** The storage stack alone, as all others refer to it and it to none. */
export const testStorage = ({
  stage,
  datasets = shipped,
  context,
  app = testApp(context),
}: TestStage = {}): StorageStack => new StorageStack(app, 'Storage', { settings: testSettings(stage), datasets });

/** The same principals for every role of the lake. */
export const everyRole = (principals: LakePrincipals): AccessDefinition =>
  Object.fromEntries(LAKE_ROLES.map((name) => [name, principals]));

/** The stacks of one stage. */
export const stacksOf = (lake: LakeStage): readonly Stack[] =>
  lake.node.findAll().filter((node): node is Stack => Stack.isStack(node));
