import { MIB } from '../dataset/units';

/** Longest line in bytes, its newline not included: 16 MiB. Holds for lines as they come and as they are passed on. */
export const MAX_LINE_BYTES = 16 * MIB;
