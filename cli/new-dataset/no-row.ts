import { messageOf } from '../failure';
import { csvRecords } from '../input/csv';
import type { LeftOut } from '../input/discover';
import { lines } from '../input/lines';
import { jsonRecords } from '../input/records';
import { visibleLines } from '../visible';
import { recordsDataset } from './json-look';
import { Members, parseJson } from './json-value';
import { type Sample, shown } from './samples';

const SHOWN = 60;

/**
 * Says of each file what was seen in it first, and why that is no row.
 *
 * @param broken files that cannot be read to their end, with the reason
 */
export async function noRow(samples: readonly Sample[], broken: readonly LeftOut[]): Promise<string> {
  const found: string[] = [];
  for (const sample of samples) {
    const known = broken.find(({ file }) => file === sample.relative);
    found.push(visibleLines(`${sample.relative}: ${known?.reason ?? (await whyNoRow(sample))}`));
  }
  return `No row can be read from the files${shown(found)}`;
}

async function whyNoRow(sample: Sample): Promise<string> {
  switch (sample.format) {
    case 'json':
      for await (const { bytes, line, problem } of jsonRecords(sample.path, recordsDataset(sample.look))) {
        const text = bytes.toString('utf8');
        return `line ${line}: ${problem === undefined || problem === '' ? whyNoObject(text) : problem}: ${excerpt(text)}`;
      }
      return sample.look.envelope === undefined ? 'it holds no record' : 'its envelopes hold no record';
    case 'delimited': {
      const { header } = sample.dialect.csv;
      let width = Array.isArray(header) ? header.length : 0;
      for await (const { bytes, fields, isHeader, number } of csvRecords(sample.path, sample.dialect.csv)) {
        const { length } = fields();
        if (isHeader) width = length;
        else return `line ${number}: ${length} of ${width} fields: ${excerpt(bytes.toString('utf8'))}`;
      }
      return 'it has a header, and no line after it';
    }
    case 'lines':
      for await (const { bytes, number } of lines(sample.path))
        return `line ${number}: the pattern does not match: ${excerpt(bytes.toString('utf8'))}`;
      return 'it holds no line';
    case 'parquet':
      return 'it has columns, and no row';
  }
}

function whyNoObject(text: string): string {
  try {
    return parseJson(text) instanceof Members ? 'it has no row of a table' : 'it is no JSON object';
  } catch (error) {
    return `it is no JSON: ${messageOf(error).replace(/, .*$/s, '')}`;
  }
}

const excerpt = (text: string): string => JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);
