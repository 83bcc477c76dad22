/** @throws Error that names the variable, so that a wrong deployment fails at start and not in the middle of work */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`Environment variable ${name} must be set`);
  return value;
}

/** @throws Error when the variable is set but not a positive whole number */
export function positiveEnv(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0) {
    throw new Error(`Environment variable ${name} must be a positive whole number, but is ${JSON.stringify(text)}`);
  }
  return value;
}
