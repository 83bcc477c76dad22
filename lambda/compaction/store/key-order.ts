/** UTF-16 units from here on are surrogates, or come after them: only these are in another order than their UTF-8 bytes. */
const SURROGATES = 0xd800;

/** S3 orders keys by their UTF-8 bytes, JavaScript by UTF-16 units: they differ beyond the basic plane. */
export function compareKeys(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === end) return a.length - b.length;
  const difference = a.charCodeAt(at) - b.charCodeAt(at);
  const isRare = a.charCodeAt(at) >= SURROGATES && b.charCodeAt(at) >= SURROGATES;
  return isRare ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : difference;
}
