import type { Mistake } from '../mistake';

const command = (name: string): string => `cli/new-dataset/${name}.ts`;
const looks = ['cli/test/new-dataset/looks.test.ts'];
const lines = ['cli/test/new-dataset/lines.integration.test.ts'];
const changes = ['cli/test/new-dataset/changes.integration.test.ts'];

/** Datasets that are proposed for samples. */
export const SAMPLES: readonly Mistake[] = [
  {
    name: 'new-dataset: refused rows are left out of the share that it tells',
    file: command('trial'),
    find: 'const accepted = acceptedRows(lake, dataset.name, quarantine, new Set(keys), undefined);',
    replace: 'const accepted = acceptedRows(lake, dataset.name, [], new Set(keys), undefined);',
    tests: lines,
    titles: 'the lake takes what the dataset of a known form takes',
  },
  {
    name: 'new-dataset: one broken line hides a known form',
    file: command('line-look'),
    find: 'const LEAST_SHARE = 0.5;',
    replace: 'const LEAST_SHARE = 0.9;',
    tests: lines,
    titles: 'are known, though one is broken',
  },
  {
    name: 'new-dataset: parts beside the object with the time are dropped',
    file: command('json-envelope'),
    find: '  if (all.some((found) => found.some(isLost))) return undefined;\n',
    replace: '',
    tests: looks,
  },
  {
    name: 'new-dataset: members of an inner envelope do not go with its records',
    file: command('json-envelope'),
    find: '  path.length <= unwrap.length &&\n',
    replace: '  path.length === 1 &&\n',
    tests: looks,
  },
  {
    name: 'new-dataset: folders of numbers without zeros have them',
    file: command('folder-times'),
    find: 'if (are(/^\\d\\d$/) && (hasZero || !isBare)) return padded;',
    replace: 'if (are(/^\\d\\d?$/)) return padded;',
    tests: ['cli/test/new-dataset/folders.test.ts'],
  },
  {
    name: 'new-dataset: a log of deletions deletes its rows',
    file: command('changes'),
    find: '  if (!isOfTool && order.every((source) => source === time)) return undefined;\n',
    replace: '',
    tests: changes,
    titles: 'an action in a log is not a change of a table',
  },
  {
    name: 'new-dataset: of changed rows the one with the latest event time stays',
    file: command('changes'),
    find: 'resolved.times !== undefined && LATER_TIME.test(bare(source))',
    replace: 'resolved.times !== undefined && source === time',
    tests: changes,
    titles: 'rows with an operation or a mark of deletion',
  },
];
