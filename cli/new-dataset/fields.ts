export interface Field {
  readonly text: string;
  readonly quoted: boolean;
}

/** The fields of a line, for a look at how it is written: what is read later is read as compaction does. */
export function fieldsOf(line: string, delimiter: string, isBackslash: boolean): Field[] {
  const fields: Field[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      const end = closing(line, at + 1, isBackslash);
      const text = line.slice(at + 1, end);
      fields.push({ text: isBackslash ? text.replace(/\\(.)/g, '$1') : text.replaceAll('""', '"'), quoted: true });
      at = end + 1;
    } else {
      const next = line.indexOf(delimiter, at);
      const end = next === -1 ? line.length : next;
      fields.push({ text: line.slice(at, end), quoted: false });
      at = end;
    }
    const next = line.indexOf(delimiter, at);
    if (next === -1) return fields;
    at = next + delimiter.length;
  }
}

function closing(line: string, from: number, isBackslash: boolean): number {
  let end = from;
  while (end < line.length) {
    if (line[end] === '\\' && isBackslash) end += 2;
    else if (line[end] !== '"') end += 1;
    else if (!isBackslash && line[end + 1] === '"') end += 2;
    else return end;
  }
  return end;
}
