/**
 * Characters that steer a terminal or reorder a line, and could make one read what is not there: control characters,
 * bidirectional marks and other invisible formats, separators of lines, tags, halves of surrogate pairs. Those that
 * join letters and emoji stay.
 */
const UNSEEN =
  /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}\u{ad}\u{180e}\u{200b}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu;

const escaped = (char: string): string =>
  Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');

/** Text from data, file names or messages for people: what cannot be seen is written `\u001b`. */
export const visible = (text: string): string => text.replace(UNSEEN, escaped);

/** The same for text of several lines, whose line ends and tabs stay. */
export const visibleLines = (text: string): string =>
  text.replace(UNSEEN, (char) => (char === '\n' || char === '\t' ? char : escaped(char)));
