import { visibleLines } from '../visible';

/** Markup that is safe to put into a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

type Value = string | number | Html | readonly Html[];

/** Template tag: everything inserted is escaped, unless it is markup already. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(strings.reduce((page, text, index) => page + markup(values[index - 1] ?? '') + text));
}

function markup(value: Value): string {
  if (value instanceof Html) {
    return value.text;
  }
  return typeof value === 'object' ? value.map(({ text }) => text).join('') : escaped(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// Control characters cannot stand in HTML at all; they come in through broken lines and odd file names.
const escaped = (text: string): string => visibleLines(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
