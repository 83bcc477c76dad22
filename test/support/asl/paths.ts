/** The JSONPath part of the language: reference paths, payload templates, and the intrinsic functions in use. */
import { isObject, type Json, type JsonObject, StateError, UnsupportedError } from './types';

export interface Scope {
  /** What `$` refers to. */
  readonly input: Json;
  /** What `$$` refers to. */
  readonly context: JsonObject;
}

/** Value of `$.a.b[0]`, or of `$$.a` in the context object; undefined when there is none. */
export function lookup(path: string, { input, context }: Scope): Json | undefined {
  const form = /^(\$\$?)((?:\.[A-Za-z_]\w*|\[\d+\])*)$/.exec(path);
  if (form === null) throw new UnsupportedError(`path ${path}`);
  let value: Json | undefined = form[1] === '$$' ? context : input;
  for (const [, name, index] of (form[2] ?? '').matchAll(/\.(\w+)|\[(\d+)\]/g)) {
    if (name !== undefined) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    else value = Array.isArray(value) ? value[Number(index)] : undefined;
  }
  return value;
}

export function lookupRequired(path: string, scope: Scope): Json {
  const value = lookup(path, scope);
  if (value === undefined) {
    throw new StateError('States.Runtime', `The path ${path} matches nothing in ${JSON.stringify(scope.input)}`);
  }
  return value;
}

/** A payload template (`Parameters`, `ResultSelector`, `ItemSelector`): fields whose name ends in `.$` are computed. */
export function evaluate(template: Json, scope: Scope): Json {
  if (Array.isArray(template)) return template.map((item) => evaluate(item, scope));
  if (!isObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) =>
      name.endsWith('.$') ? [name.slice(0, -2), expression(String(value), scope)] : [name, evaluate(value, scope)],
    ),
  );
}

function expression(text: string, scope: Scope): Json {
  if (!text.startsWith('States.')) return lookupRequired(text, scope);
  const [, name, argument = ''] = /^States\.(\w+)\((.*)\)$/.exec(text) ?? [];
  if (name !== 'ArrayLength') throw new UnsupportedError(`intrinsic function ${text}`);
  const value = lookupRequired(argument.trim(), scope);
  if (!Array.isArray(value))
    throw new StateError('States.IntrinsicFailure', `${text} of something that is not an array`);
  return value.length;
}

/** `InputPath` and `OutputPath`: null discards. */
export function select(path: Json | undefined, scope: Scope): Json {
  if (path === null) return {};
  return path === undefined ? scope.input : lookupRequired(String(path), scope);
}

/** `ResultPath`: where in the input a result goes; null discards it. */
export function place(path: Json | undefined, input: Json, result: Json): Json {
  if (path === null) return input;
  if (path === undefined || path === '$') return result;
  const name = /^\$\.(\w+)$/.exec(String(path))?.[1];
  if (name === undefined) throw new UnsupportedError(`ResultPath ${path}`);
  if (!isObject(input)) throw new StateError('States.ResultPathMatchFailure', `${path} cannot be set in a non-object`);
  return { ...input, [name]: result };
}
