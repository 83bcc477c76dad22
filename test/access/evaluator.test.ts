import fc from 'fast-check';
import {
  byIdentity,
  byResource,
  matchesAction,
  matchesArn,
  matchesGlob,
  type PolicyDocument,
  trustsAccount,
} from '../support/iam';
import { holds } from '../support/iam/conditions';

const BUCKET = 'arn:aws:s3:::lake-raw';
const request = { action: 's3:GetObject', resource: `${BUCKET}/a/b`, context: {} };
const allow = (Action: string | string[], Resource: string | string[], more = {}) => ({
  Statement: [{ Effect: 'Allow' as const, Action, Resource, ...more }],
});

describe('patterns', () => {
  test.each([
    ['*', '', true],
    ['a*c', 'abbc', true],
    ['a*c*e', 'abcde', true],
    ['a*c', 'abcd', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a.c', 'abc', false],
    ['**', 'x', true],
    ['', 'x', false],
  ])('%s on %s is %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  test('match what the regular expression does that they stand for', () => {
    const text = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 12 });
    fc.assert(
      fc.property(text('ab.*?'), text('ab.'), (pattern, subject) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesGlob(pattern, subject)).toBe(new RegExp(`^${source}$`).test(subject));
      }),
      { numRuns: 1_000 },
    );
  });

  test('many stars end in time', () => {
    expect(matchesGlob('*a'.repeat(60), 'a'.repeat(5_000).concat('b'))).toBe(false);
  });

  test('of actions are the same in any case, of resources not', () => {
    expect(matchesAction('S3:getobject', 's3:GetObject')).toBe(true);
    expect(matchesArn('arn:aws:s3:::Lake', 'arn:aws:s3:::lake')).toBe(false);
  });

  test('of ARNs stay within their part, apart from the last', () => {
    expect(matchesArn('arn:aws:s3:*:lake', 'arn:aws:s3:::lake')).toBe(false);
    expect(matchesArn('arn:aws:logs:*:1:log-group:a*', 'arn:aws:logs:eu:1:log-group:a:log-stream:b')).toBe(true);
    expect(matchesArn('arn:aws:logs:*:1:log-group:a*', 'arn:aws:logs:eu:2:log-group:a')).toBe(false);
  });
});

describe('statements', () => {
  test('nothing is allowed that nothing allows', () => {
    expect(byIdentity([], request)).toBe('not allowed');
    expect(byIdentity([allow('s3:PutObject', '*')], request)).toBe('not allowed');
    expect(byIdentity([allow('s3:GetObject', BUCKET)], request)).toBe('not allowed');
  });

  test('a deny wins over any number of allows, wherever it stands', () => {
    const deny = { Statement: [{ Effect: 'Deny' as const, Action: 's3:Get*', Resource: `${BUCKET}/a/*` }] };
    expect(byIdentity([deny, allow('*', '*')], request)).toBe('explicitly denied');
    expect(byIdentity([allow('*', '*'), deny], request)).toBe('explicitly denied');
    expect(byIdentity([allow('*', '*'), deny], { ...request, resource: `${BUCKET}/b` })).toBe('allowed');
  });

  test('NotAction and NotResource cover all but what they name', () => {
    expect(byIdentity([{ Statement: [{ Effect: 'Allow', NotAction: 's3:GetObject', Resource: '*' }] }], request)).toBe(
      'not allowed',
    );
    expect(
      byIdentity([{ Statement: [{ Effect: 'Allow', Action: '*', NotResource: `${BUCKET}/other` }] }], request),
    ).toBe('allowed');
  });

  test('a policy of a resource counts for whom it names; naming the account only trusts its IAM', () => {
    const caller = { principal: 'arn:aws:iam::1:role/x', account: '1' };
    const of = (AWS: string, Effect: 'Allow' | 'Deny' = 'Allow') => ({
      Statement: [{ Effect, Action: '*', Resource: '*', Principal: { AWS } }],
    });
    const root = 'arn:aws:iam::1:root';
    expect(byResource(of(caller.principal), caller, request)).toBe('allowed');
    expect(byResource(of('arn:aws:iam::1:role/y'), caller, request)).toBe('not allowed');
    expect(byResource(of(root), caller, request)).toBe('not allowed');
    expect(byResource(of(root, 'Deny'), caller, request)).toBe('explicitly denied');
    expect(trustsAccount(of(root), caller, request)).toBe(true);
    expect(trustsAccount(of('arn:aws:iam::2:root'), caller, request)).toBe(false);
  });

  test('a policy of a resource lets in a service by its name', () => {
    const policy = {
      Statement: [{ Effect: 'Allow' as const, Action: '*', Resource: '*', Principal: { Service: 'a.amazonaws.com' } }],
    };
    expect(byResource(policy, { principal: 'service:a.amazonaws.com', account: '1' }, request)).toBe('allowed');
    expect(byResource(policy, { principal: 'service:b.amazonaws.com', account: '1' }, request)).toBe('not allowed');
  });

  test.each<'*' | { AWS: string }>(['*', { AWS: '*' }])('%j is everybody, services too', (Principal) => {
    const policy = { Statement: [{ Effect: 'Deny' as const, Action: '*', Resource: '*', Principal }] };
    for (const principal of ['service:a.amazonaws.com', 'arn:aws:iam::1:role/x']) {
      expect(byResource(policy, { principal, account: '1' }, request)).toBe('explicitly denied');
    }
  });
});

describe('what is not understood is an error wherever it stands, not a guess', () => {
  const statement = { Effect: 'Deny', Action: 's3:PutObject', Resource: `${BUCKET}/*` };
  const policy = (more: object) => ({ Statement: [{ ...statement, ...more }] }) as unknown as PolicyDocument;

  test.each<[string, object, string]>([
    ['a name instead of an ARN', { Resource: 'lake-raw' }, 'the resource lake-raw'],
    ['an ARN that is cut short', { Resource: 'arn:aws:s3:*' }, 'the resource arn:aws:s3:*'],
    [
      'a wildcard that may match beyond its colon',
      { Resource: 'arn:aws:sqs:eu-*:1:q' },
      'the resource arn:aws:sqs:eu-',
    ],
    ['a variable in a resource', { Resource: `${BUCKET}/\${aws:username}/*` }, 'the resource'],
    ['a variable in NotResource', { Resource: undefined, NotResource: `${BUCKET}/\${aws:username}` }, 'the resource'],
    ['what a template leaves open', { Resource: 'arn:aws:s3:::<Raw>' }, 'the resource arn:aws:s3:::<Raw>'],
    ['an action without a service', { Action: ['PutObject'] }, 'the action PutObject'],
    ['an action of any service', { Action: '*:PutObject' }, 'the action *:PutObject'],
    ['neither Action nor NotAction', { Action: undefined, action: '*' }, 'either Action or NotAction'],
    ['both Resource and NotResource', { NotResource: '*' }, 'Resource beside NotResource'],
    ['another effect', { Effect: 'allow' }, 'the effect allow'],
    ['NotPrincipal', { NotPrincipal: { AWS: '1' } }, 'NotPrincipal'],
    ['roles by a wildcard', { Principal: { AWS: 'arn:aws:iam::1:role/*' } }, 'the principal arn:aws:iam::1:role/*'],
    ['any service', { Principal: { Service: '*' } }, 'the principal *'],
    ['an identity provider', { Principal: { Federated: 'x' } }, 'the principal Federated'],
    ['another operator', { Condition: { DateLessThan: { key: '2026-01-01' } } }, 'operator DateLessThan'],
    ['sets of values', { Condition: { 'ForAllValues:StringEquals': { key: 'a' } } }, 'ForAllValues:StringEquals'],
    ['Null of anything but a boolean', { Condition: { Null: { key: 'TRUE' } } }, "the value 'TRUE'"],
    ['a boolean that is none', { Condition: { Bool: { key: 'yes' } } }, "the value 'yes'"],
    ['a number that is none', { Condition: { NumericLessThan: { key: '' } } }, "the value ''"],
    ['an ARN that is none', { Condition: { ArnLike: { key: '*' } } }, "the value '*'"],
    [
      'a variable in a condition',
      { Condition: { StringLike: { key: `\${aws:userid}` } } },
      `the value '\${aws:userid}'`,
    ],
  ])('%s', (_, more, message) => {
    expect(() => byIdentity([policy(more)], request)).toThrow(message);
    expect(() => byResource(policy(more), { principal: 'arn:aws:iam::1:role/x', account: '1' }, request)).toThrow(
      message,
    );
  });

  test('a value of a request as well', () => {
    expect(() => holds({ NumericLessThan: { key: '1.3' } }, { key: '' })).toThrow("cannot be asked of ''");
    expect(() => holds({ ArnNotLike: { key: 'arn:aws:iam::1:role/x' } }, { key: 'x' })).toThrow(
      "cannot be asked of 'x'",
    );
    expect(() => holds({ Bool: { key: 'true' } }, { key: 'TRUE' })).toThrow("cannot be asked of 'TRUE'");
  });
});

describe('conditions', () => {
  test.each([
    ['StringEquals', 'a', 'a', true],
    ['StringEquals', 'a', 'A', false],
    ['StringEqualsIgnoreCase', 'a', 'A', true],
    ['StringNotEquals', 'a', 'b', true],
    ['StringLike', 'raw/*', 'raw/x', true],
    ['StringNotLike', 'raw/*', 'raw/x', false],
    ['ArnLike', 'arn:aws:iam::1:role/*', 'arn:aws:iam::1:role/x', true],
    ['ArnNotLike', 'arn:aws:iam::1:role/*', 'arn:aws:iam::1:role/x', false],
    ['Bool', 'false', 'false', true],
    ['NumericLessThan', '1.3', '1.2', true],
    ['NumericLessThan', '1.3', '1.3', false],
    ['NumericGreaterThanEquals', '1.2', '1.2', true],
  ])('%s: %s of %s is %s', (operator, wanted, actual, expected) => {
    expect(holds({ [operator]: { key: wanted } }, { KEY: actual })).toBe(expected);
  });

  test('a missing key fails them, unless they are negated, optional or ask for that', () => {
    expect(holds({ StringLike: { key: '*' } }, {})).toBe(false);
    expect(holds({ StringNotLike: { key: '*' } }, {})).toBe(true);
    expect(holds({ StringLikeIfExists: { key: 'a' } }, {})).toBe(true);
    expect(holds({ StringLikeIfExists: { key: 'a' } }, { key: 'b' })).toBe(false);
    expect(holds({ Null: { key: 'true' } }, {})).toBe(true);
    expect(holds({ Null: { key: 'false' } }, {})).toBe(false);
  });

  test('all of them must hold, of several values any one', () => {
    expect(holds({ StringEquals: { a: ['1', '2'], b: '3' } }, { a: '2', b: '3' })).toBe(true);
    expect(holds({ StringEquals: { a: ['1', '2'], b: '3' } }, { a: '2', b: '4' })).toBe(false);
    expect(holds({ StringNotEquals: { a: ['1', '2'] } }, { a: '2' })).toBe(false);
  });

  test('an operator that is not known here is an error, not a guess', () => {
    expect(() => holds({ DateLessThan: { key: '2026-01-01' } }, { key: '2025-01-01' })).toThrow('DateLessThan');
  });
});
