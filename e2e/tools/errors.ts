/** Something that this machine lacks. The message says what, and what to do; it is printed without a stack trace. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}
