import { ASCII } from './bytes';
import { UnreadableObjectError } from './errors';
import * as json from './json';

const { LEFT_BRACKET, NEWLINE, TAB } = ASCII;

/** A torn line and the next one can look like one value; three lines that continue each other are one. */
const LINES_THAT_TELL = 3;

/**
 * Notices JSON whose records span several lines (pretty-printed, or one array over many lines), so that such an object is
 * refused once, and not line by line. It looks at the first lines only: how records are written is the writer's habit. A
 * first record that a stray newline divides, before others that stand on one line each, is no such habit.
 */
export class SpanningRecords {
  /** `open`: the lines so far are the beginning of a value. `closed`: they are a whole one, on two lines. */
  #state: 'none' | 'open' | 'closed' | 'decided' = 'none';
  /** The first lines, each with a tab for its newline: white space between tokens, and an error inside a string. */
  #text: Buffer = Buffer.alloc(0);
  #lines = 0;
  #accepted = 0;

  /** Whether further lines may decide something. */
  get undecided(): boolean {
    return this.#state !== 'decided';
  }

  /**
   * Takes the next line that is not blank, without its newline.
   *
   * @param accepted whether it is a record by itself
   * @throws UnreadableObjectError when records span several lines
   */
  add(line: Buffer, accepted: boolean): void {
    if (this.#state === 'decided') return;
    if (this.#state === 'closed') {
      if (scan(Buffer.concat([line, Buffer.of(TAB)])) !== 'closed') throw this.#spanning();
      this.#state = 'decided';
      return;
    }
    this.#lines++;
    if (accepted) this.#accepted++;
    this.#text = Buffer.concat([this.#text, line, Buffer.of(TAB)]);
    this.#state = scan(this.#text);
    if (this.#state === 'open' && this.#lines === LINES_THAT_TELL) throw this.#spanning();
    if (this.#state === 'closed' && this.#lines === 1) this.#state = 'decided';
  }

  /** Takes the end of the object. @throws UnreadableObjectError as `add` does */
  end(): void {
    const several = this.#state === 'open' && this.#lines > 1 && this.#accepted === 0;
    if (several || this.#state === 'closed') throw this.#spanning();
  }

  #spanning(): UnreadableObjectError {
    const array = this.#text[json.skipSpace(this.#text, 0)] === LEFT_BRACKET;
    return new UnreadableObjectError(
      `its records span several lines${array ? ' of an array' : ', as pretty-printed JSON does'}; ` +
        `write one object a line, for example with jq -c ${array ? "'.[]'" : '.'}`,
    );
  }
}

/** Whether a text begins with a whole value, is the beginning of one, or neither. */
function scan(text: Buffer): 'closed' | 'open' | 'decided' {
  const bytes = Buffer.concat([text, Buffer.of(NEWLINE)]);
  const end = json.skipValue(bytes, json.skipSpace(bytes, 0));
  if (end >= 0) return 'closed';
  return ~end === text.length ? 'open' : 'decided';
}
