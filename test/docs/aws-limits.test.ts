import { filesBelow, hasIngest, read } from './pages';

const SERVICES =
  'S3|Lambda|Athena|Glue|IAM|KMS|SQS|SNS|CloudWatch|CloudFormation|Step Functions|EventBridge|EC2|Cognito|ElastiCache|WAF|Firehose|CloudTrail';
const NUMBER = String.raw`\d[\d,.]*\d|\d`;
const LIMIT = 'limits?|quotas?|at most|takes|accepts|allows|supports|may have|smallest|largest|longest';

/** A sentence with a service, a word of limits and a number, in whatever order. */
const isLimit = (sentence: string): boolean =>
  new RegExp(`\\b(?:${SERVICES})\\b`).test(sentence) &&
  new RegExp(`\\b(?:${LIMIT})\\b`).test(sentence) &&
  // Not that of a service's or a type's name, such as S3 or arm64.
  new RegExp(`(?<![\\w.])(?:${NUMBER})(?![\\w])`).test(sentence);

/** Comments of a source, adjacent lines as one, without code and links. */
function commentsOf(source: string): readonly string[] {
  return [...source.matchAll(/\/\*\*(?:(?!\*\/)[\s\S])*\*\/|(?:^[ \t]*\/\/[^\n]*\n)+/gm)].map(([text]) =>
    text.replace(/```[\s\S]*?```/g, '').replace(/^[ \t]*(?:\/\*\*|\*\/|\*|\/\/) ?/gm, ''),
  );
}

/** Limits of AWS in comments that do not say where they come from. */
function unsourced(source: string): readonly string[] {
  return commentsOf(source)
    .filter((comment) => !comment.includes('https://'))
    .flatMap((comment) => comment.replace(/`[^`\n]*`/g, '').split(/(?<=[.;:])\s/))
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter(isLimit);
}

test('a limit of an AWS service in a comment has the AWS page that it comes from', () => {
  const folders = ['lambda', 'lib', ...(hasIngest ? ['ingest/gateway', 'ingest/infra'] : [])];
  const found = folders
    .flatMap(filesBelow)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => unsourced(read(file)).map((sentence) => `${file}: ${sentence}`));
  expect(found).toEqual([]);
});

test.each([
  ['/** CloudFormation takes 500 resources a stack. */', 1],
  ['/**\n * At most 6,144 characters, the\n * largest policy of IAM.\n */', 1],
  ['  // Step Functions accepts 256 KiB.\n  // Each result counts.\n', 1],
  ['/** CloudFormation takes 500 resources: https://docs.aws.amazon.com/x */', 0],
  ['/** S3 accepts any key. */', 0],
  ['/** Fits a Lambda function of 3,008 MB. */', 0],
  ['/** 10 objects at most. S3 lists them. */', 0],
  ['const a = "S3 accepts 10";', 0],
])('of %j it finds %d', (source, count) => {
  expect(unsourced(source)).toHaveLength(count);
});
