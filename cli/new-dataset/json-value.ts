/** A number as it is written: JavaScript would round it. */
export class NumberText {
  constructor(readonly text: string) {}
}

/** An object with its members in their order. */
export class Members {
  constructor(readonly entries: readonly (readonly [name: string, value: JsonValue])[]) {}
}

/** A value of JSON in which no number has lost a digit. */
export type JsonValue = null | boolean | string | NumberText | readonly JsonValue[] | Members;

/** @throws SyntaxError for what is not JSON */
export function parseJson(text: string): JsonValue {
  // Whether it is JSON is for the strict parser to say; the reader below can then be simple.
  JSON.parse(text);
  return new Reader(text).value();
}

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const NUMBER = /-?[0-9.eE+-]+/y;

class Reader {
  #at = 0;

  constructor(readonly text: string) {}

  value(): JsonValue {
    this.#take(SPACE);
    switch (this.text[this.#at]) {
      case '{':
        return new Members(this.#list('}', () => this.#member()));
      case '[':
        return this.#list(']', () => this.value());
      case '"':
        return this.#string();
      case 't':
        this.#at += 4;
        return true;
      case 'f':
        this.#at += 5;
        return false;
      case 'n':
        this.#at += 4;
        return null;
      default:
        return new NumberText(this.#take(NUMBER));
    }
  }

  #list<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    do {
      this.#at += 1;
      this.#take(SPACE);
      if (this.text[this.#at] === end) break;
      items.push(item());
      this.#take(SPACE);
    } while (this.text[this.#at] === ',');
    this.#at += 1;
    return items;
  }

  #member(): readonly [string, JsonValue] {
    const name = this.#string();
    this.#take(SPACE);
    this.#at += 1;
    return [name, this.value()];
  }

  #string(): string {
    const text = this.#take(STRING);
    return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}
