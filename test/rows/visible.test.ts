import { visible, visibleLines } from '../../lib/rows/visible';

test.each([
  ['\u0000', '\\u0000'],
  ['\u001b[31m', '\\u001b[31m'],
  ['\u007f', '\\u007f'],
  ['\u009b', '\\u009b'],
  ['\u00ad', '\\u00ad'],
  ['\u061c', '\\u061c'],
  ['\u180e', '\\u180e'],
  ['\u200b', '\\u200b'],
  ['\u200e', '\\u200e'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
  ['\u202e', '\\u202e'],
  ['\u2060', '\\u2060'],
  ['\u206f', '\\u206f'],
  ['\ufeff', '\\ufeff'],
  ['\ufff9', '\\ufff9'],
  ['\ufffb', '\\ufffb'],
  ['\ud800', '\\ud800'],
  ['\u{e0041}', '\\udb40\\udc41'],
  ['a\u200bb\u202ec', 'a\\u200bb\\u202ec'],
])('what cannot be seen is written: %j', (text, shown) => {
  expect([visible(text), visibleLines(text)]).toEqual([shown, shown]);
});

test.each(['', 'plain text', 'größer', '日本語', 'a\u200db', '👩‍👧', '\u2010', '\ufffc'])(
  'what can be seen stays: %j',
  (text) => {
    expect([visible(text), visibleLines(text)]).toEqual([text, text]);
  },
);

test('line ends and tabs stay in texts of several lines, and nowhere else', () => {
  expect(visibleLines('a\n\tb\r')).toBe('a\n\tb\\u000d');
  expect(visible('a\n\tb')).toBe('a\\u000a\\u0009b');
});
