import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { SmokeCheck } from '../check';

const STACKS = ['compaction', 'query'] as const;

/** The log groups that were deployed have a key and end by themselves. Costs nothing. */
export const logGroups: SmokeCheck = {
  id: 'log-groups',
  proves: 'every log group of the lake is encrypted with a key of the account, and its events expire',
  answers: { 'AWS::Logs::LogGroup': ['encryption with the key'] },
  permissions: ['logs:DescribeLogGroups'],
  async run({ resources, clients }) {
    const names = (await Promise.all(STACKS.map(resources)))
      .flat()
      .flatMap(({ type, id }) => (type === 'AWS::Logs::LogGroup' ? [id] : []));
    if (names.length === 0) throw new Error('the stacks have no log group');
    for (const name of names) {
      const { logGroups: found = [] } = await clients.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: name }),
      );
      const group = found.find(({ logGroupName }) => logGroupName === name);
      if (group === undefined) throw new Error(`${name} does not exist`);
      if (group.kmsKeyId === undefined) throw new Error(`${name} is not encrypted with a key of the account`);
      if (group.retentionInDays === undefined) throw new Error(`the events of ${name} never expire`);
    }
    return `${names.length} log groups`;
  },
};
