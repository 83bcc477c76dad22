import { type Dataset, parsePartitionPath } from '../../../lib/dataset';
import { bytes, count, plural } from '../../format';
import type { Terminal } from '../../terminal';
import { visible } from '../../visible';
import type { OperatedLake } from '../lake';
import { partitionsOf } from '../partitions';
import type { Selection } from '../selection';
import { verb } from '../verb';
import { type PartitionVersion, partitionVersions, RowCounter } from './versions';

interface PartitionHistory {
  readonly dataset: string;
  readonly partition: string;
  readonly versions: readonly PartitionVersion[];
}

export const run = verb({
  name: 'history',
  about: `Lists the versions of each partition that the bucket still keeps, newest first, with time, rows and files, and whether it is
possible to go back to them: restore. It only reads.`,
  flags: {},
  changes: false,
  async run({ lake, selection, progress }) {
    const found: PartitionHistory[] = [];
    const counter = await RowCounter.open(lake);
    try {
      for (const [index, dataset] of selection.datasets.entries()) {
        for await (const partition of namesOf(lake, dataset, selection)) {
          progress('history', index / selection.datasets.length);
          const versions = await partitionVersions(lake, { dataset, partition }, counter.count);
          found.push({ dataset: dataset.name, partition, versions });
        }
      }
    } finally {
      await counter.close();
    }
    return {
      code: 0,
      json: { partitions: found },
      print(terminal) {
        for (const partition of found) print(terminal, partition);
        if (found.length === 0) terminal.line('No partition.');
      },
    };
  },
});

/** One that is named may be without any object now. */
async function* namesOf(lake: OperatedLake, dataset: Dataset, selection: Selection): AsyncGenerator<string> {
  if (selection.partition !== undefined) {
    yield selection.partition;
    return;
  }
  for await (const { partition } of partitionsOf(lake, dataset, selection)) {
    if (parsePartitionPath(dataset, partition).ok) yield partition;
  }
}

function print(terminal: Terminal, { dataset, partition, versions }: PartitionHistory): void {
  terminal.line(terminal.bold(`${dataset} ${visible(partition)}`));
  if (versions.length === 0) terminal.line('  no version: nothing was committed, or its versions have expired');
  for (const version of versions) {
    const { missing, problem } = version;
    const lost = missing.length === 0 ? 'all there' : `${missing.length} missing`;
    terminal.line(
      `  ${version.at.toISOString().slice(0, 19)}Z  ${visible(version.version)}  ` +
        `${version.rows === undefined ? '' : `${count(version.rows)} rows, `}${plural(version.files.length, 'file')}, ` +
        `${version.bytes === undefined ? '' : `${bytes(version.bytes)}, `}${problem === undefined ? lost : visible(problem)}` +
        `${version.isCurrent ? ', current' : ''}`,
    );
  }
}
