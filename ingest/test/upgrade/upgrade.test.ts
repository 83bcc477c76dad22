/** Nothing of what the last release deployed of the tier is replaced or removed, unless it is meant. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HELD, isStateful } from '../../../cli/diff/held';
import { resourceTypes } from '../../../test/support/synthesize';
import { parseBaseline } from '../../../test/upgrade/baseline';
import { heldResources } from '../../../test/upgrade/lakes';
import { losses, unexpected, unexplained } from '../../../test/upgrade/losses';
import { ACCEPTED } from './accepted';
import { tiers } from './tiers';

const released = parseBaseline(readFileSync(join(__dirname, 'released.txt'), 'utf8'));
const stacks = tiers();

test('no user pool, client, store of recent events, address or log group is replaced or removed', () => {
  expect(unexpected(losses(released, heldResources(stacks)), ACCEPTED)).toEqual([]);
  expect(unexplained(ACCEPTED)).toEqual([]);
});

test('the baseline has what producers know', () => {
  const types = Object.values(released).flatMap((resources) => Object.values(resources).map(({ type }) => type));
  for (const type of ['Cognito::UserPool', 'Cognito::UserPoolClient', 'ElastiCache::ReplicationGroup', 'EC2::EIP']) {
    expect(types).toContain(`AWS::${type}`);
  }
});

test('every type that has state by the specification of CloudFormation is held', () => {
  expect(resourceTypes(stacks).filter((type) => isStateful(type) && HELD[type] === undefined)).toEqual([]);
});
