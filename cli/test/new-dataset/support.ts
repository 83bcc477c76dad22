/** `npm run lake -- new-dataset` in this process, and then the lake with what it wrote. Import this before anything that reads the configuration. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dataset, type DatasetDefinition, parseDataset } from '../../../lib/dataset';
import { main } from '../../lake-main';
import { useDataset } from '../../new-dataset/own-datasets';
import { folderWith } from '../support/folder';
import { captured, start } from '../support/run';

export interface Proposed {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
  /** The file as it was written; empty when it was not. */
  readonly text: string;
  readonly definition: DatasetDefinition;
  readonly dataset: Dataset;
  /** Rows that it says to accept, and all. */
  readonly share: readonly [number, number];
}

export const lake = (...args: readonly string[]): ReturnType<typeof captured> =>
  captured((terminal) => main(args, terminal));

/** Proposes a dataset called `sample`. */
export async function proposeFor(...args: readonly string[]): Promise<Proposed> {
  const out = join(folderWith(), 'sample.ts');
  const ran = await lake('new-dataset', ...args, '--name', 'sample', '--out', out);
  const [, accepted, all] = /Accepts +([\d,]+) of ([\d,]+) row/.exec(ran.output) ?? [];
  if (accepted === undefined) throw new Error(`nothing was proposed: ${ran.errors}`);
  const { default: definition } = require(out) as { default: DatasetDefinition };
  const number = (text: string | undefined): number => Number(text?.replaceAll(',', ''));
  return {
    ...ran,
    text: readFileSync(out, 'utf8'),
    definition,
    dataset: parseDataset(definition, out),
    share: [number(accepted), number(all)],
  };
}

/** Rows that the lake accepts of a folder with a dataset, and all, as `npm start -- --input` has them. */
export async function shareOf(folder: string, dataset: Dataset): Promise<readonly [number, number]> {
  useDataset(dataset);
  const { result, errors } = await start('--input', folder, '--dataset', dataset.name);
  if (result === null) throw new Error(errors);
  expect(result.problems.filter((problem) => !/accepted/.test(problem))).toEqual([]);
  return [result.accepted.rowsAccepted, result.accepted.rowsIn];
}

/** Proposes for a folder, and checks that the lake accepts what it says. */
export async function provenFor(files: Readonly<Record<string, string | Buffer>>): Promise<Proposed> {
  const folder = folderWith(files);
  const proposed = await proposeFor(folder);
  expect(await shareOf(folder, proposed.dataset)).toEqual(proposed.share);
  return proposed;
}

/** Types by column. */
export const typesOf = ({ definition }: Proposed): Record<string, string> =>
  Object.fromEntries(definition.columns.map(({ name, type }) => [name, type]));
