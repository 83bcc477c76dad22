import type { Dataset, InputFormat } from '../../lib/dataset';
import type { GeneratedFile } from './files';

type Members = { [name: string]: unknown };

/**
 * The text of a generated file. Where JSON may stand in any arrangement, the files differ: one record a line, one after the
 * other, an array, or over several lines; and where the dataset has envelopes, each file is one.
 *
 * @param number of the file; it decides the arrangement
 */
export function textOf(
  dataset: Dataset,
  format: InputFormat,
  file: GeneratedFile,
  number: number,
  header?: string,
): string {
  const { json } = dataset.input;
  const { lines } = file;
  const isJson = format === 'ndjson' || format === 'json';
  if (isJson && json !== undefined) return envelopeOf(json, lines);
  // What a line that breaks off spoils is clear only where lines are records.
  if (format === 'json' && file.broken === 0) {
    switch (number % 4) {
      case 0:
        return lines.join('');
      case 1:
        return `[${lines.join(',')}]`;
      case 2:
        return lines.map((line) => JSON.stringify(JSON.parse(line), null, 2)).join('\n');
    }
  }
  return `${[...(header === undefined ? [] : [header]), ...lines].join('\n')}\n`;
}

/** Members to be carried stand in the envelope, as far as the records have the value of the first. */
function envelopeOf({ unwrap, carry }: NonNullable<Dataset['input']['json']>, lines: readonly string[]): string {
  const records = lines.map((line) => JSON.parse(line) as Members);
  const envelope: Members = {};
  for (const path of carry) {
    const name = path.at(-1) ?? '';
    const value = records[0]?.[name];
    if (value === undefined || value === null) continue;
    put(envelope, path, value);
    // A record without the member takes the value of the envelope.
    for (const record of records) {
      if (!Object.hasOwn(record, name)) record[name] = null;
      else if (JSON.stringify(record[name]) === JSON.stringify(value)) delete record[name];
    }
  }
  put(envelope, unwrap, records);
  return JSON.stringify(envelope);
}

function put(envelope: Members, path: readonly string[], value: unknown): void {
  let at = envelope;
  for (const name of path.slice(0, -1)) {
    at[name] ??= {};
    at = at[name] as Members;
  }
  at[path.at(-1) ?? ''] = value;
}
