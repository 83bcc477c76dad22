/** What a manifest object holds, read as leniently as a query engine does, with what is wrong in its form. */
export interface ManifestText {
  /** Keys of the lines that name a file of the bucket, in order, each once. */
  readonly files: readonly string[];
  /** Those that are there more than once. */
  readonly twice: readonly string[];
  /** In words; the first one is the worst. */
  readonly problems: readonly string[];
  /** Whether every line that is not blank names a file: then the right form is known. */
  readonly isClear: boolean;
}

/** @param prefix what the keys of the partition's data files begin with */
export function readManifestText(text: string, bucket: string, prefix: string): ManifestText {
  const problems: string[] = [];
  const files: string[] = [];
  const twice = new Set<string>();
  let isClear = true;
  if (text !== '' && !text.endsWith('\n')) problems.push('its last line does not end');
  if (text.includes('\r')) problems.push('it has carriage returns');
  if (text.startsWith('\ufeff')) problems.push('it begins with a byte order mark');
  const lines = text
    .replace(/^\ufeff/, '')
    .replace(/\n$/, '')
    .split('\n');
  for (const [index, raw] of text === '' ? [] : lines.entries()) {
    const line = raw.replace(/\r$/, '');
    const root = `s3://${bucket}/`;
    if (line.trim() === '') problems.push(`line ${index + 1} is blank, and fails every query`);
    else if (line.startsWith(`${root}${prefix}`)) {
      const key = line.slice(root.length);
      if (files.includes(key)) twice.add(key);
      else files.push(key);
    } else {
      isClear = false;
      problems.push(`line ${index + 1} is ${JSON.stringify(line.slice(0, 200))}, not a file under ${root}${prefix}`);
    }
  }
  return { files, twice: [...twice], problems, isClear };
}
