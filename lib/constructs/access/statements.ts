import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';

export const allow = (sid: string, actions: readonly string[], resources: readonly string[]): PolicyStatement =>
  new PolicyStatement({ sid, actions: [...actions], resources: [...resources] });

export const deny = (sid: string, actions: readonly string[], resources: readonly string[]): PolicyStatement =>
  new PolicyStatement({ sid, effect: Effect.DENY, actions: [...actions], resources: [...resources] });

/** Denies every action on these resources except a few, including actions that do not exist yet. */
export const denyAllBut = (sid: string, actions: readonly string[], resources: readonly string[]): PolicyStatement =>
  new PolicyStatement({ sid, effect: Effect.DENY, notActions: [...actions], resources: [...resources] });

/** Use of a key through one service only, so that it decrypts nothing that was obtained in another way. */
export const useKeyThrough = (
  service: 's3' | 'sqs',
  sid: string,
  key: IKey,
  actions: readonly ('Decrypt' | 'GenerateDataKey')[],
): PolicyStatement =>
  new PolicyStatement({
    sid,
    actions: actions.map((action) => `kms:${action}`),
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${Stack.of(key).region}.amazonaws.com` } },
  });

/** `['s3', 'GetObject', 'PutObject']` as IAM writes it. */
export const actions = (service: string, ...names: readonly string[]): string[] =>
  names.map((name) => `${service}:${name}`);
