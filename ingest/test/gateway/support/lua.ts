import { compileFunction } from 'node:vm';

/**
 * Runs a script of the gateway without a server, by rewriting the little Lua that it is made of as JavaScript. What it does
 * not know fails as a syntax error. `npm run test:redis` runs the same scripts where they run in the field.
 */
export type RedisCall = (command: string, ...args: (string | number)[]) => unknown;

export function compileLua(
  script: string,
): (keys: readonly string[], args: readonly (string | number)[], call: RedisCall) => unknown {
  const body = script
    .replace(/\blocal\b/g, 'let')
    .replace(/\bif\b(.*?)\bthen\b/g, 'if ($1) {')
    .replace(/\belse\b/g, '} else {')
    .replace(/\bend\b/g, '}')
    // Only nil and false are false in Lua: 0 is true.
    .replace(/\bor\b/g, '??')
    .replace(/return \{(.*)\}/, 'return [$1]')
    .replace(/\bmath\.(ceil|floor|max|min)\b/g, 'Math.$1');
  const run = compileFunction(body, ['KEYS', 'ARGV', 'redis', 'tonumber', 'string']) as (...args: unknown[]) => unknown;
  // Arrays of Lua begin at 1.
  const array = (values: readonly unknown[]): unknown[] => [undefined, ...values];
  const toNumber = (value: unknown): number | undefined =>
    value === undefined || value === null || value === false ? undefined : Number(value);
  const format = (pattern: string, value: number): string => {
    if (pattern !== '%.0f') throw new Error(`string.format ${pattern}`);
    return value.toFixed(0);
  };
  return (keys, args, call) => {
    const redis = {
      call: (command: string, ...rest: (string | number)[]) => {
        const answer = call(command, ...rest);
        return Array.isArray(answer) ? array(answer) : answer;
      },
    };
    return run(array(keys), array(args.map(String)), redis, toNumber, { format });
  };
}
