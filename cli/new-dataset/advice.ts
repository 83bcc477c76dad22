/** What to do about files that are not read, by the reason why. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/\b(?:archive|7-Zip|RAR)\b/i, 'unpack it, and name the folder'],
  [/\.(?:xlsx?|ods|numbers)\b/i, 'save the sheet as CSV in UTF-8'],
  [/\b(?:Avro|ORC)\b/, 'convert it to Parquet'],
  [/\bUTF-16\b/, 'convert it: iconv -f UTF-16 -t UTF-8'],
  [/^not text in UTF-8/, 'if it is text, convert it, for example: iconv -f WINDOWS-1252 -t UTF-8'],
  [/\b(?:bzip2|snappy|xz|lz4|lzop|compress)\b/i, 'decompress it, or compress it with gzip or zstd'],
];

/** @param reason why a file is not read */
export function withAdvice(file: string, reason: string): string {
  const found = ADVICE.find(([form]) => form.test(reason) || (/\bby its name\b/.test(reason) && form.test(file)));
  return found === undefined ? reason : `${reason}. To take it in, ${found[1]}`;
}
