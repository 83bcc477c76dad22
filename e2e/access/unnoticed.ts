/** What a function does not miss here although its role keeps it. Nothing else may go unnoticed, and nothing of it may be noticed. */
export interface Unnoticed {
  /** Id of a statement of either role. */
  readonly statement: string;
  /** Only this of it, as `takeAway` words it. @default everything in the statement */
  readonly what?: string;
  readonly reason: string;
}

const FAILED_UPLOADS = 'only an upload in parts that fails is aborted, and none does';

const NOT_WATCHED = 'no dataset of these scenarios has freshness';

/** All of it is decided by evaluation: `npm test` fails without it. */
export const UNNOTICED: readonly Unnoticed[] = [
  { statement: 'ListCommits', what: 'the value newest/* of s3:prefix', reason: NOT_WATCHED },
  { statement: 'KeepNewestEvent', reason: NOT_WATCHED },
  { statement: 'WritePlans', what: 'the action s3:AbortMultipartUpload', reason: FAILED_UPLOADS },
  { statement: 'Commit', what: 'the action s3:AbortMultipartUpload', reason: FAILED_UPLOADS },
  { statement: 'Quarantine', what: 'the action s3:AbortMultipartUpload', reason: FAILED_UPLOADS },
  { statement: 'SetAside', reason: 'the emulator hands out every object that the role may read: none is set aside' },
  { statement: 'EncryptAndDecryptObjects', reason: 'the emulator asks for no permission on the key of an object' },
  { statement: 'WriteLogs', reason: 'the emulator writes the logs of functions itself' },
  { statement: 'SendTraces', reason: 'the emulator has no X-Ray' },
  { statement: 'SendDeadLetters', reason: 'Lambda sends events that failed for good; the emulator does so by itself' },
  { statement: 'EncryptDeadLetters', reason: 'the emulator asks for no permission on the key of a queue' },
];

export const unnoticed = (what: string): Unnoticed | undefined =>
  UNNOTICED.find(
    ({ statement, what: only }) =>
      what.endsWith(` from ${statement}`) && (only === undefined || what.startsWith(`${only} from`)),
  );
