import { MissingPermission, NotOffered } from './aws/errors';
import { type Finding, unknown } from './check';

/**
 * The finding of a look that failed.
 *
 * @param what of a check's parts could not be seen. @default all that it looks at
 */
export function unseen(cause: unknown, what?: string): Finding {
  const subject = what === undefined ? '' : `${what}: `;
  if (cause instanceof MissingPermission) {
    return {
      ...unknown(`${subject}needs ${cause.action}`, 'Give the caller this permission; --policy prints all of them.'),
      missing: [cause.action],
    };
  }
  if (cause instanceof NotOffered) {
    return unknown(
      `${subject}could not be checked: ${cause.message}`,
      'Nothing where an emulator answers. On AWS: check whether the region has all of that service.',
    );
  }
  const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return unknown(`${subject}could not be checked: ${why}`, 'Run preflight again; if it stays so, look for it by hand.');
}
