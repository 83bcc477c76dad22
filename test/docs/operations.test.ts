import { analystQueries, engineerQueries, operationsQueries } from '../../lib/constructs/query-texts';
import { sharedAnalystQueries } from '../../lib/constructs/shared-queries';
import { WORKGROUP_CLASSES } from '../../lib/settings';
import { datasets } from '../fixtures/datasets';
import { deliveredDatasets } from '../support/deliveries';
import { filesBelow, hasIngest, page, pages, read, section } from './pages';

const RUNBOOK = 'docs/operations.md';

/** Parts of pages that explain one alarm in each of their sections. */
const ALARMS: readonly (readonly [page: string, heading: string])[] = [
  [RUNBOOK, '## Compaction'],
  [RUNBOOK, '## Queries'],
  [RUNBOOK, '## Delivered logs'],
  ['ingest/docs/operations.md', '## Alarms'], // with ingest
];

/** The templates as other tests hold them: what they say was synthesized. */
const templates = ['test/stacks/__snapshots__', ...(hasIngest ? ['ingest/test/infra/__snapshots__'] : [])]
  .flatMap(filesBelow)
  .map(read)
  .join('\n');

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, first = '']) => first);

/** `lake-test-compaction-orders-behind` is explained once for all datasets, under `behind`. */
function explainedAs(alarm: string): string {
  const subjects = [
    ...[...datasets, ...deliveredDatasets()].map(({ name }) => name),
    'undeclared',
    ...WORKGROUP_CLASSES,
  ].join('|');
  return alarm.replace(/^lake-test-/, '').replace(new RegExp(`^(?:compaction-|ingest-)?(?:(?:${subjects})-)?`), '');
}

test('every alarm has its own section in the runbook, and every section its alarm', () => {
  const alarms = new Set(matches(templates, /"AlarmName": "([^"]+)"/g).map(explainedAs));
  const sections = ALARMS.flatMap(([path, heading]) => matches(section(path, heading), /^### (.+)$/gm));
  expect(alarms.size).toBeGreaterThan(8);
  expect(sections.sort()).toEqual([...alarms].sort());
});

test('each of them says what it means and what to do', () => {
  for (const [path, heading] of ALARMS) {
    for (const part of section(path, heading).split(/^### /m).slice(1)) {
      expect(part).toMatch(/\*\*Means\.\*\*/);
      expect(part).toMatch(/\*\*Do\.\*\*/);
    }
  }
});

test('the anchor that an alarm points to is in its page', () => {
  const links = [...templates.matchAll(/Runbook: ([\w/]+\.md)#([\w-]+)/g)];
  expect(new Set(links.map(([, path]) => path)).size).toBe(new Set(ALARMS.map(([path]) => path)).size);
  expect(links.filter(([, path = '', anchor = '']) => !page(path).anchors.has(anchor))).toEqual([]);
});

test('saved queries that the pages name exist', () => {
  const names = { curated: 'c', raw: 'r', operations: 'o' };
  const saved = new Set(
    [
      ...datasets.flatMap((dataset) => [...analystQueries(dataset, names), ...engineerQueries(dataset, names)]),
      ...operationsQueries(datasets, names),
      ...sharedAnalystQueries(datasets, names),
    ].map(({ name }) => name.replace(/^\w+: /, '')),
  );
  // Set in italics are names of saved queries and, of one word, of alarms.
  const named = [RUNBOOK, 'docs/guide.md', 'docs/planned-changes.md'].flatMap((path) =>
    matches(page(path).prose, /(?<![*\w])\*([a-z]+(?: [a-z]+)+)\*(?!\*)/g),
  );
  expect(named).toContain('scan cost by workgroup');
  expect(named.filter((name) => !saved.has(name) && name !== 'and')).toEqual([]);
});

test('outputs of stacks that the pages name exist', () => {
  const outputs = new Set(matches(templates, /^ {4}"(\w+)": \{$/gm));
  const named = pages.flatMap(({ text }) => [
    ...matches(text, /\boutput \w+ (\w+)\)/g),
    ...matches(text, /OutputKey=='(\w+)'/g),
    ...matches(text, /`([A-Z]\w+(?:Arn|Name|Url))`/g),
  ]);
  expect(named.length).toBeGreaterThan(8);
  // Some are of the ingest tier.
  if (hasIngest) expect(named.filter((name) => !outputs.has(name))).toEqual([]);
});

test('keys, log lines and metrics that the runbook and the page of changes name are those of the code', () => {
  const code = filesBelow('lambda/compaction').map(read).join('\n');
  for (const name of [
    'DuplicatesDropped',
    'RowsReplaced',
    'UnknownFields',
    'Raw object is not in a partition',
    'Planned',
    'Compacted',
  ]) {
    expect(`${page(RUNBOOK).prose}${page('docs/planned-changes.md').prose}`).toContain(name);
    expect(code).toContain(`'${name}'`);
  }
  for (const error of ['DownloadError', 'ContentionError']) {
    expect(page(RUNBOOK).prose).toContain(error);
    expect(code).toContain(`class ${error}`);
  }
});
