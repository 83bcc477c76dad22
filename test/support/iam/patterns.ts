/** `*` stands for any text, `?` for any one character. No regular expression: patterns come from anywhere. */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted === '*') {
      star = p++;
      resume = t;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Names of actions do not depend on case. */
export const matchesAction = (pattern: string, action: string): boolean =>
  matchesGlob(pattern.toLowerCase(), action.toLowerCase());

/** arn:partition:service:region:account:resource, of which the resource holds any further colons. */
const SEGMENTS = 6;

export const isArn = (text: string): boolean => text.startsWith('arn:') && text.split(':').length >= SEGMENTS;

/** A variable of IAM, or something that a template leaves to CloudFormation. */
export const isUnresolved = (text: string): boolean => text.includes('${') || /<[\w:.-]+>/.test(text);

/** Each part of an ARN is compared by itself. A text that is not an ARN is matched by `*` alone. */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [wanted, actual] = [segments(pattern), segments(arn)];
  return wanted.length === actual.length && wanted.every((part, index) => matchesGlob(part, actual[index] ?? ''));
}

function segments(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, SEGMENTS - 1), parts.slice(SEGMENTS - 1).join(':')];
}
