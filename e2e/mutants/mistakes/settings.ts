// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of sources
import type { Mistake } from '../mistake';

const parse = 'lib/settings/parse.ts';
const tests = ['test/settings/parse.test.ts'];

export const SETTINGS: readonly Mistake[] = [
  {
    name: 'settings: data goes with the stacks by default',
    file: parse,
    find: "dataRemoval: definition.dataRemoval ?? 'retain',",
    replace: "dataRemoval: definition.dataRemoval ?? 'delete',",
    tests,
    titles: 'only a name is needed',
  },
  {
    name: 'settings: less concurrency is reserved than is used',
    file: parse,
    find: 'if (compaction.reservedConcurrency < compaction.maxConcurrency) {',
    replace: 'if (compaction.reservedConcurrency < 0) {',
    tests,
    titles: 'less reserved than used',
  },
  {
    name: 'settings: a misspelt setting is passed over',
    file: 'lib/settings/report.ts',
    find: 'if (!known.includes(key)) report(',
    replace: 'if (key === path) report(',
    tests,
    titles: 'a misspelt',
  },
  {
    name: 'settings: an alarm that one allowed query sets off',
    file: parse,
    find: 'inRange(`query.${group}.dailyAlarmGB`, dailyAlarmGB, scanLimitGB,',
    replace: 'inRange(`query.${group}.dailyAlarmGB`, dailyAlarmGB, 0,',
    tests,
    titles: 'a daily alarm below one query',
  },
];
