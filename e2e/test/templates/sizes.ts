import type { Template } from '../../../test/support/synthesize';

/** Characters of what CloudFormation puts in, at most: a bucket's name has 63, a function's 64, an ARN of one 50 more. */
const LONGEST: Readonly<Record<string, number>> = {
  'AWS::AccountId': 12,
  'AWS::Region': 14, // ap-southeast-1
  'AWS::Partition': 10, // aws-us-gov
  'AWS::URLSuffix': 16,
  'AWS::StackName': 128,
  'AWS::NoValue': 0,
};
/** Stands for itself, because names are made of a part of it. */
const LONGEST_STACK_ID = `arn:aws-us-gov:cloudformation:ap-southeast-1:123456789012:stack/${'x'.repeat(128)}/51af3dc0-da77-11e4-872e-1234567890ab`;
const LONGEST_NAME = 64;
const LONGEST_BUCKET_ARN = 'arn:aws-us-gov:s3:::'.length + 63;
const LONGEST_ARN = 140;

/**
 * A value of a template as a text that is as long as the deployed one could be: each intrinsic function is replaced by so
 * many letters.
 *
 * @param template in which references are looked up; an imported value counts as an ARN of a bucket or something longer
 */
export function longestForm(value: unknown, template: Template): unknown {
  if (Array.isArray(value)) return value.map((one) => longestForm(one, template));
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && name === 'Ref' && argument === 'AWS::StackId') return LONGEST_STACK_ID;
  if (others.length === 0 && name === 'Ref') return 'x'.repeat(LONGEST[String(argument)] ?? LONGEST_NAME);
  if (others.length === 0 && name === 'Fn::GetAtt') {
    const [id, attribute] = argument as [string, string];
    const isBucket = template.Resources[id]?.Type === 'AWS::S3::Bucket';
    const arn = isBucket ? LONGEST_BUCKET_ARN : LONGEST_ARN;
    return 'x'.repeat(/arn$/i.test(attribute) ? arn : LONGEST_NAME);
  }
  if (others.length === 0 && name === 'Fn::ImportValue') {
    const isBucket = /FnGetAtt(Raw|Curated|Quarantine|Results|Logs)\w*Arn/.test(JSON.stringify(argument));
    const isArn = /Arn/.test(JSON.stringify(argument));
    return 'x'.repeat(isBucket ? LONGEST_BUCKET_ARN : isArn ? LONGEST_ARN : LONGEST_NAME);
  }
  if (others.length === 0 && name === 'Fn::Join') {
    const [separator, parts] = argument as [string, readonly unknown[]];
    return parts.map((part) => String(longestForm(part, template))).join(separator);
  }
  if (others.length === 0 && name === 'Fn::Split') {
    const [separator, text] = argument as [string, unknown];
    return String(longestForm(text, template)).split(separator);
  }
  if (others.length === 0 && name === 'Fn::Select') {
    const [index, list] = argument as [string | number, unknown];
    const parts = longestForm(list, template);
    return Array.isArray(parts) ? parts[Number(index)] : 'x'.repeat(LONGEST_ARN);
  }
  if (others.length === 0 && name.startsWith('Fn::')) return 'x'.repeat(LONGEST_ARN);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, longestForm(inner, template)]));
}
