import { CfnCrawler } from 'aws-cdk-lib/aws-glue';
import { ruleFor } from './rule';

export const glueCrawlerEncrypted = ruleFor(CfnCrawler, {
  id: 'glue-crawler-encrypted',
  info: 'The Glue crawler has no security configuration.',
  explanation: 'Its logs hold object keys and schemas, and would not be encrypted with a key of the account.',
  holds: (crawler, resolve) => resolve(crawler.crawlerSecurityConfiguration) !== undefined,
});
