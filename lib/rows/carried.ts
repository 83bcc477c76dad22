import { snakeCase } from '../dataset/snake-case';
import { ASCII } from './bytes';
import { skipBlank } from './json-extent';

const { RIGHT_BRACE } = ASCII;

/** Members of an envelope that its records get too. */
export class Carried {
  readonly #members: readonly (readonly [name: string, value: Buffer])[];
  readonly #text: Buffer;

  /**
   * @param members names, and values as they stand in the envelope, in one line
   * @param snake whether other spellings of a name are the same member
   */
  constructor(
    members: readonly (readonly [name: string, value: Buffer])[],
    readonly snake: boolean,
  ) {
    this.#members = members;
    const parts = members.flatMap(([name, value]) => [Buffer.from(`,${JSON.stringify(name)}:`), value]);
    this.#text = Buffer.concat(parts).subarray(1);
  }

  get isEmpty(): boolean {
    return this.#members.length === 0;
  }

  /** A record, in one line with its newline, with the members before its own. */
  into(line: Buffer): Buffer {
    if (this.isEmpty) return line;
    const isBare = line[skipBlank(line, 1, line.length)] === RIGHT_BRACE;
    return Buffer.concat([line.subarray(0, 1), this.#text, Buffer.from(isBare ? '' : ','), line.subarray(1)]);
  }

  /** Those of which a record has none of its own; undefined where that is all of them. */
  without(line: Buffer): Carried | undefined {
    const form = (name: string): string => (this.snake ? snakeCase(name) : name);
    const own = new Set(Object.keys(JSON.parse(line.toString()) as object).map(form));
    const members = this.#members.filter(([name]) => !own.has(form(name)));
    return members.length === this.#members.length ? undefined : new Carried(members, this.snake);
  }
}
