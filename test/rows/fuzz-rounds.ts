/** A suite takes seconds; with `FUZZ_ROUNDS=1000` in the environment it takes as many more rounds as are asked for, at most all. */
export function rounds(usual: number, most: number): number {
  const asked = Number(process.env.FUZZ_ROUNDS ?? 0);
  return Math.max(usual, Math.min(most, Number.isFinite(asked) ? asked : 0));
}
