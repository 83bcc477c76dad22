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
    .replace(/\bfor (\w+), (\w+) in (.+) do\b/g, 'for (const [$1, $2] of $3) {')
    .replace(/\bfor (\w+) = (.+?), (.+?), (.+?) do\b/g, 'for (let $1 = $2; $1 <= $3; $1 += $4) {')
    .replace(/#(\w+)/g, '($1.length - 1)')
    .replace(/ \.\. /g, ' + ')
    .replace(/\bif\b(.*?)\bthen\b/g, 'if (isTrue($1)) {')
    .replace(/\belse\b/g, '} else {')
    .replace(/\bend\b/g, '}')
    .replace(/\bor\b/g, '??')
    .replace(/\{\}/g, '[undefined]')
    .replace(/return \{(.*)\}/, 'return [undefined, $1]')
    .replace(/\bmath\.(ceil|floor|max|min)\b/g, 'Math.$1');
  const names = ['KEYS', 'ARGV', 'redis', 'tonumber', 'string', 'cjson', 'ipairs', 'isTrue'];
  const run = compileFunction(body, names) as (...args: unknown[]) => unknown;
  // Arrays of Lua begin at 1.
  const array = (values: readonly unknown[]): unknown[] => [undefined, ...values];
  const pairs = (values: readonly unknown[]): unknown[] => [...values.entries()].slice(1);
  // Only nil and false are false in Lua: 0 and an empty text are true.
  const isTrue = (value: unknown): boolean => value !== undefined && value !== null && value !== false;
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
    const cjson = { decode: (text: string) => array(JSON.parse(text) as unknown[]) };
    const answer = run(array(keys), array(args.map(String)), redis, toNumber, { format }, cjson, pairs, isTrue);
    return Array.isArray(answer) ? answer.slice(1) : answer;
  };
}
