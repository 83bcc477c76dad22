import type { Mistake } from '../mistake';

const folder = 'lib/rows';
const rules = ['test/rows/rules.test.ts'];

/** Names, values and the calendar. */
export const ROWS: readonly Mistake[] = [
  {
    name: 'rows: a name of another case ends as a null',
    file: `${folder}/likeness.ts`,
    find: "name.normalize('NFKC').toLowerCase()",
    replace: "name.normalize('NFKC')",
    tests: ['test/rows/look-alikes.test.ts'],
  },
  {
    name: 'rows: a name without its underscore ends as a null',
    file: `${folder}/likeness.ts`,
    find: '[_.',
    replace: '[.',
    tests: ['test/rows/look-alikes.test.ts'],
  },
  {
    name: 'rows: 29 February 1900 is accepted',
    file: `${folder}/calendar.ts`,
    find: '(year % 100 !== 0 || year % 400 === 0)',
    replace: 'year > 0',
    tests: rules,
  },
  {
    name: 'rows: records over several lines are rejected line by line',
    file: `${folder}/spanning.ts`,
    find: "if (this.#state === 'open' && this.#lines === LINES_THAT_TELL) throw this.#spanning();",
    replace: "if (this.#state === 'open' && this.#lines === LINES_THAT_TELL) this.#state = 'decided';",
    tests: ['test/rows/spanning.test.ts'],
  },
  {
    name: 'rows: digits of a decimal beyond its scale are cut off',
    file: `${folder}/scalars.ts`,
    find: ' || fraction > type.scale) return OUT_OF_RANGE;',
    replace: ') return OUT_OF_RANGE;',
    tests: rules,
  },
  {
    name: 'rows: bits of base64 that belong to no byte are lost',
    file: `${folder}/scalars.ts`,
    find: 'if ((last & (rest === 2 ? 0x0f : 0x03)) !== 0) return MISMATCH;',
    replace: '',
    tests: rules,
  },
  {
    name: 'rows: the 24th hour of a day is accepted',
    file: `${folder}/scalars.ts`,
    find: 'if (hour > 23 || minute > 59',
    replace: 'if (hour > 24 || minute > 59',
    tests: rules,
  },
  {
    name: 'rows: a backslash in JSON that is kept as text is lost',
    file: `${folder}/patches.ts`,
    find: 'ESCAPES[BACKSLASH] = BACKSLASH;',
    replace: '',
    tests: ['test/rows/json-text.test.ts'],
  },
  {
    name: 'rows: of two places of a value the worse one wins',
    file: `${folder}/row.ts`,
    find: 'if (slot.rank < rank) return false;',
    replace: 'if (slot.rank > rank) return false;',
    tests: ['test/rows/sources.test.ts'],
  },
  {
    name: 'rows: undeclared members of an object that holds places are taken for columns',
    file: `${folder}/row.ts`,
    find: "            if (type.kind === 'envelope') this.#rename(keyAt, end, FILLER);\n",
    replace: '',
    tests: ['test/rows/sources.test.ts'],
  },
  {
    name: 'rows: spellings of names fill the memory',
    file: `${folder}/keys.ts`,
    find: 'if (this.#spellings === MAX_SPELLINGS) return spelling;',
    replace: '',
    tests: ['test/rows/sources.test.ts'],
  },
  {
    name: 'rows: epochs before 1970 are cut towards the future',
    file: `${folder}/time-format.ts`,
    find: 'return -millis - (isCut ? 1 : 0);',
    replace: 'return -millis;',
    tests: ['test/rows/time-format.test.ts'],
  },
  {
    name: 'rows: the zone of a pattern is added',
    file: `${folder}/time-format.ts`,
    find: 'this.#minute - this.#zone)',
    replace: 'this.#minute + this.#zone)',
    tests: ['test/rows/time-format.test.ts'],
  },
  {
    name: 'rows: Parquet takes the hour 24 of a pattern for the next day',
    file: 'lambda/compaction/engine/parquet/time-rules.ts',
    find: ", '24')`;",
    replace: ", '25')`;",
    tests: ['test/compaction/parquet-formats.test.ts'],
  },
];
