/** Nothing of what the last release deployed is replaced or removed, unless it is meant. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixedPaths, HELD, type Held, type HeldResources, isStateful } from '../../cli/diff/held';
import { resourceTypes } from '../support/synthesize';
import { ACCEPTED } from './accepted';
import { baselineText, parseBaseline } from './baseline';
import { heldResources, lakes } from './lakes';
import { losses, unexpected, unexplained } from './losses';

const text = readFileSync(join(__dirname, 'released.txt'), 'utf8');
const released = parseBaseline(text);
const stacks = lakes();
const current = heldResources(stacks);

const every = Object.entries(released).flatMap(([stack, resources]) =>
  Object.entries(resources).map(([id, held]) => ({ stack, id, held })),
);

/** What is found when one resource of the release is another, or missing, now. */
const found = (stack: string, id: string, now: Held | undefined): readonly string[] => {
  const { [id]: _, ...others } = released[stack] ?? {};
  const changed: HeldResources = { ...released, [stack]: now === undefined ? others : { ...others, [id]: now } };
  return losses(released, changed).map(({ resource, message }) => {
    expect(message).toContain(`${stack}/${id}`);
    return resource;
  });
};

test('no bucket, key, table, database, log group or other resource that holds something is replaced or removed', () => {
  expect(unexpected(losses(released, current), ACCEPTED)).toEqual([]);
});

test('what is accepted is explained to those who upgrade', () => {
  expect(unexplained(ACCEPTED)).toEqual([]);
  expect(unexplained([{ resource: 'storage/Raw1', reason: 'the bucket moves to a stack of its own' }])).toHaveLength(1);
});

test('the baseline has resources of each kind, and reads as it is written', () => {
  const types = new Set(every.map(({ held }) => held.type));
  for (const type of [
    'S3::Bucket',
    'KMS::Key',
    'Glue::Table',
    'Glue::Database',
    'Logs::LogGroup',
    'SQS::Queue',
    'SNS::Topic',
  ]) {
    expect(types).toContain(`AWS::${type}`);
  }
  expect(baselineText(released)).toBe(text);
});

test('every type that has state by the specification of CloudFormation is held', () => {
  expect(resourceTypes(stacks).filter((type) => isStateful(type) && HELD[type] === undefined)).toEqual([]);
});

test.each(every)('$stack $id: its removal, another name and another policy are noticed', ({ stack, id, held }) => {
  expect(found(stack, id, held)).toEqual([]);
  expect(found(stack, id, undefined)).toEqual([`${stack}/${id}`]);
  expect(found(stack, id, { ...held, type: 'AWS::SNS::Topic2' })).toEqual([`${stack}/${id}`]);
  for (const path of fixedPaths(held.type)) {
    const fixed = { ...held.fixed, [path]: 'another' };
    expect(found(stack, id, { ...held, fixed })).toEqual([`${stack}/${id}`]);
  }
  for (const policy of ['deletionPolicy', 'updateReplacePolicy'] as const) {
    const deleted = found(stack, id, { ...held, [policy]: 'Delete' });
    expect(deleted).toEqual(held[policy] === 'Retain' ? [`${stack}/${id}`] : []);
  }
});

test('the message says what happens, what is lost and what to do', () => {
  const [loss] = losses(
    { 'lake-dev-storage': { Raw1: { type: 'AWS::S3::Bucket', updateReplacePolicy: 'Retain', fixed: {} } } },
    {
      'lake-dev-storage': {
        Raw1: { type: 'AWS::S3::Bucket', updateReplacePolicy: 'Retain', fixed: { BucketName: 'raw' } },
      },
    },
  );
  expect(loss?.message).toBe(
    'AWS::S3::Bucket lake-dev-storage/Raw1 BucketName changes from nothing to "raw", so it is replaced: the old one stays without a ' +
      'stack, and a new one is empty. Leave BucketName as it was. To accept it, add it to accepted.ts beside this test and to ' +
      'docs/upgrades.md, "Unreleased".',
  );
});

test('an accepted loss covers every stage, and one that does not happen is refused', () => {
  const reason = 'the bucket moves to a stack of its own';
  const lost = [
    { resource: 'lake-dev-storage/Raw1', message: 'dev' },
    { resource: 'lake-many-storage/Raw1', message: 'many' },
    { resource: 'lake-dev-storage/Raw2', message: 'other' },
  ];
  expect(unexpected(lost, [{ resource: 'storage/Raw1', reason }])).toEqual(['other']);
  expect(unexpected([], [{ resource: 'storage/Raw1', reason }])).toEqual([
    'storage/Raw1 is accepted as lost, and is not. Remove it from accepted.ts beside this test.',
  ]);
});
