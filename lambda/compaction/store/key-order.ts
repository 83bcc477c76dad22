/** S3 orders keys by their UTF-8 bytes, JavaScript by UTF-16 units: they differ beyond the basic plane. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
