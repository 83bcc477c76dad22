/**
 * The ASCII bytes that the scanners compare with. An object to take constants from (`const { QUOTE } = ASCII`): unlike
 * imports, which become getter calls where the code runs unbundled, those cost nothing in a loop over bytes.
 */
export const ASCII = {
  TAB: 0x09,
  NEWLINE: 0x0a,
  RETURN: 0x0d,
  SPACE: 0x20,
  QUOTE: 0x22,
  PLUS: 0x2b,
  COMMA: 0x2c,
  MINUS: 0x2d,
  DOT: 0x2e,
  ZERO: 0x30,
  COLON: 0x3a,
  EQUALS: 0x3d,
  UPPER_T: 0x54,
  UPPER_Z: 0x5a,
  LEFT_BRACKET: 0x5b,
  BACKSLASH: 0x5c,
  RIGHT_BRACKET: 0x5d,
  LOWER_A: 0x61,
  LOWER_E: 0x65,
  LOWER_F: 0x66,
  LOWER_L: 0x6c,
  LOWER_N: 0x6e,
  LOWER_R: 0x72,
  LOWER_S: 0x73,
  LOWER_T: 0x74,
  LOWER_U: 0x75,
  LEFT_BRACE: 0x7b,
  RIGHT_BRACE: 0x7d,
} as const;
