/** The caller may not make a call that a check needs. */
export class MissingPermission extends Error {
  override readonly name = 'MissingPermission';

  constructor(
    readonly action: string,
    options: ErrorOptions,
  ) {
    super(`needs ${action}`, options);
  }
}

/** The account itself may not use a service: it is new and not verified yet, or closed. */
export class ServiceNotActivated extends Error {
  override readonly name = 'ServiceNotActivated';

  constructor(
    readonly service: string,
    options: ErrorOptions,
  ) {
    super(`the account may not use ${service} yet`, options);
  }
}

/** Whoever answered does not know the call: an emulator, or a service that a region has only in part. */
export class NotOffered extends Error {
  override readonly name = 'NotOffered';

  constructor(action: string, options: ErrorOptions) {
    super(`${action} is not offered here`, options);
  }
}

/** The credentials are no good: nothing else is worth trying. */
export class BadCredentials extends Error {
  override readonly name = 'BadCredentials';

  constructor(
    message: string,
    readonly todo: string,
    options: ErrorOptions,
  ) {
    super(message, options);
  }
}

const NOT_ACTIVATED = /^(?:OptInRequired|SubscriptionRequiredException)$/;
const NOT_OFFERED = /^(?:Unknown|UnknownError|UnknownOperationException|InvalidAction|NotImplemented)$/;
const DENIED = /AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|Forbidden/;

/** Codes with which a service refuses the credentials themselves, and what helps. */
const CREDENTIALS: readonly { code: RegExp; message: string; todo: string }[] = [
  {
    code: /^(?:CredentialsProviderError|TokenProviderError)$/,
    message: 'no AWS credentials were found',
    todo: 'Sign in, for example with `aws sso login --profile NAME` and AWS_PROFILE=NAME, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  },
  {
    code: /Expired/,
    message: 'the AWS credentials have expired',
    todo: 'Sign in again, for example with `aws sso login`, or get a new session token.',
  },
  {
    code: /^(?:InvalidClientTokenId|UnrecognizedClientException|AuthFailure|InvalidAccessKeyId)$/,
    message: 'AWS does not know these credentials in this region',
    todo: 'Look which key or profile is in use (`aws configure list`). A region that must be opted in to also answers like this until it is enabled.',
  },
  {
    code: /^(?:SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature)$/,
    message: 'the secret key does not belong to the access key, or this clock is wrong',
    todo: 'Compare AWS_SECRET_ACCESS_KEY with what was given out, and the clock with the real time.',
  },
];

/** What the rest of the program wants to know about an error of the SDK; others are passed on as they are. */
export function translate(cause: unknown, service: string, action: string): unknown {
  if (!(cause instanceof Error)) return cause;
  const bad = CREDENTIALS.find(({ code }) => code.test(cause.name));
  if (bad !== undefined) return new BadCredentials(bad.message, bad.todo, { cause });
  if (NOT_ACTIVATED.test(cause.name)) return new ServiceNotActivated(service, { cause });
  // S3 answers HEAD without a body, so that the SDK does not know the error's name: the status goes first.
  const status = (cause as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (DENIED.test(cause.name) || status === 403) return new MissingPermission(action, { cause });
  if (NOT_OFFERED.test(cause.name) && status !== 301) return new NotOffered(action, { cause });
  return cause;
}

/** Whether a service says that there is no such thing; each has its own word for it. */
const isNotFound = (error: unknown): boolean =>
  error instanceof Error && /NotFound|NoSuch|DoesNotExist/.test(error.name);

/** The answer, or undefined when there is no such thing. */
export async function ifFound<T>(call: Promise<T>, isAbsent: (error: unknown) => boolean = isNotFound) {
  try {
    return await call;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** CloudFormation says `ValidationError`, and only its text tells what is invalid. */
export const isNoStack = (error: unknown): boolean => error instanceof Error && /does not exist/.test(error.message);
