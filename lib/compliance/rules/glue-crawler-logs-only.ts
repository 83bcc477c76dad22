import { CfnCrawler } from 'aws-cdk-lib/aws-glue';
import { ruleFor } from './rule';

interface SchemaChangePolicy {
  readonly updateBehavior?: string;
  readonly deleteBehavior?: string;
}

export const glueCrawlerLogsOnly = ruleFor(CfnCrawler, {
  id: 'glue-crawler-logs-only',
  info: 'The Glue crawler updates or deletes tables: its schema change policy is not LOG for both.',
  explanation: 'An update removes the table parameters that the crawler did not set, partition projection among them.',
  holds: (crawler, resolve) => {
    const policy = resolve(crawler.schemaChangePolicy) as SchemaChangePolicy | undefined;
    return policy?.updateBehavior === 'LOG' && policy.deleteBehavior === 'LOG';
  },
});
