import { ASCII } from './bytes';
import { UnreadableObjectError } from './errors';
import * as json from './json';

const { LEFT_BRACKET, NEWLINE, TAB } = ASCII;

/** A torn line and the next one can look like one value; three lines that continue each other are one. */
const LINES_THAT_TELL = 3;

/**
 * Notices JSON whose records span several lines (pretty-printed, or one array over many lines), so that such an object is
 * refused once, and not line by line. It looks at the first lines only: how records are written is the writer's habit.
 */
export class SpanningRecords {
  #undecided = true;
  /** The first lines, each with a tab for its newline: white space between tokens, and an error inside a string. */
  #text: Buffer = Buffer.alloc(0);
  #lines = 0;
  #accepted = 0;

  /** Whether further lines may decide something. */
  get undecided(): boolean {
    return this.#undecided;
  }

  /**
   * Takes the next line that is not blank, without its newline.
   *
   * @param accepted whether it is a record by itself
   * @throws UnreadableObjectError when the lines so far are parts of one value
   */
  add(line: Buffer, accepted: boolean): void {
    if (!this.#undecided) return;
    this.#lines++;
    if (accepted) this.#accepted++;
    this.#text = Buffer.concat([this.#text, line, Buffer.of(TAB)]);
    const end = json.skipValue(Buffer.concat([this.#text, Buffer.of(NEWLINE)]), this.#start);
    const open = end < 0 && ~end === this.#text.length;
    if (this.#lines > 1 && (end >= 0 || (open && this.#lines >= LINES_THAT_TELL))) throw this.#spanning();
    this.#undecided = open;
    if (!open) this.#text = Buffer.alloc(0);
  }

  /** Takes the end of the object. @throws UnreadableObjectError as `add` does */
  end(): void {
    if (this.#undecided && this.#lines > 1 && this.#accepted === 0) throw this.#spanning();
  }

  get #start(): number {
    return json.skipSpace(this.#text, 0);
  }

  #spanning(): UnreadableObjectError {
    const array = this.#text[this.#start] === LEFT_BRACKET;
    return new UnreadableObjectError(
      `its records span several lines${array ? ' of an array' : ', as pretty-printed JSON does'}; ` +
        `write one object a line, for example with jq -c ${array ? "'.[]'" : '.'}`,
    );
  }
}
