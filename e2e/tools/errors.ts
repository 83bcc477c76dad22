import { ExpectedError } from '../../cli/command-line';

/** Something that this machine lacks. The message says what, and what to do. */
export class CannotRun extends ExpectedError {
  override readonly name = 'CannotRun';

  constructor(message: string) {
    super(message, 2);
  }
}
