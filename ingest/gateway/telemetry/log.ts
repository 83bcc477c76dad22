import { LOG_LEVELS, type LogLevel } from '../settings';

export type LogFields = Readonly<Record<string, unknown>>;

/** Longer texts are cut: a log line is no place for a request. */
const LONGEST_TEXT = 500;

/**
 * Structured logs, one JSON object per line. Text from outside can neither begin a new line nor control a
 * terminal: control characters of both ranges and the line separators of Unicode are written as escapes.
 */
export class Log {
  readonly #least: number;
  readonly #write: (line: string) => void;
  readonly #fixed: LogFields;

  constructor(level: LogLevel, write: (line: string) => void, fixed: LogFields = {}) {
    this.#least = LOG_LEVELS.indexOf(level);
    this.#write = write;
    this.#fixed = fixed;
  }

  isOn(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.#least;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#log('error', message, fields);
  }

  #log(level: LogLevel, message: string, fields: LogFields): void {
    if (!this.isOn(level)) return;
    const entry = { time: new Date().toISOString(), level, message, ...this.#fixed, ...fields };
    this.#write(`${safeJson(entry)}\n`);
  }
}

/** JSON without any character that a terminal or a line reader could interpret. */
export function safeJson(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'string' && inner.length > LONGEST_TEXT ? `${inner.slice(0, LONGEST_TEXT)}...` : inner,
  );
  return text.replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
