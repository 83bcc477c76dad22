import type { Column, ColumnType } from '../../lib/dataset/model';

/**
 * The rules of the row validator once more, slow and plain: JSON.parse decides what JSON is, regular expressions, BigInt
 * and Date decide what fits. `undefined` stands for a line that must be rejected.
 */

/** JSON without loss: numbers as written, objects with every key in order. */
type Lossless =
  | { t: 'null' }
  | { t: 'boolean'; value: boolean }
  | { t: 'number'; text: string }
  | { t: 'string'; value: string }
  | { t: 'array'; items: Lossless[] }
  | { t: 'object'; members: [string, Lossless][] };

export type Plain = null | boolean | string | number | Plain[] | { [key: string]: Plain } | Map<string, Plain>;

const MAX_UNDECLARED_DEPTH = 64;

type Verdict = { kind: 'blank' } | { kind: 'rejected' } | { kind: 'accepted'; row: Record<string, Plain> };

export function judge(columns: readonly Column[], line: Buffer): Verdict {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return { kind: 'rejected' };
  }
  if (/^[ \t\r]*$/.test(text)) return { kind: 'blank' };
  try {
    const value = lossless(text);
    return { kind: 'accepted', row: rowOf(columns, value) };
  } catch (error) {
    if (error instanceof Misfit || error instanceof SyntaxError) return { kind: 'rejected' };
    throw error;
  }
}

class Misfit extends Error {}

function lossless(text: string): Lossless {
  JSON.parse(text);
  // Each token becomes a tagged array, so that a second parse loses nothing.
  const tagged = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\]:]|true|false|null/g, (token) => {
    switch (token) {
      case '{':
        return '["object",[';
      case '[':
        return '["array",[';
      case '}':
      case ']':
        return ']]';
      case ':':
        return ',';
      case 'true':
      case 'false':
        return `["boolean",${token}]`;
      case 'null':
        return '["null"]';
      default:
        return token.startsWith('"') ? `["string",${token}]` : `["number","${token}"]`;
    }
  });
  return untag(JSON.parse(tagged) as Tagged);
}

type Tagged = ['null'] | ['boolean', boolean] | ['number' | 'string', string] | ['array' | 'object', Tagged[]];

function untag(tagged: Tagged): Lossless {
  switch (tagged[0]) {
    case 'null':
      return { t: 'null' };
    case 'boolean':
      return { t: 'boolean', value: tagged[1] };
    case 'number':
      return { t: 'number', text: tagged[1] };
    case 'string':
      if (/[\ud800-\udfff]/u.test(tagged[1])) throw new Misfit('lone surrogate');
      return { t: 'string', value: tagged[1] };
    case 'array':
      return { t: 'array', items: tagged[1].map(untag) };
    case 'object': {
      const parts = tagged[1].map(untag);
      const members: [string, Lossless][] = [];
      for (let i = 0; i < parts.length; i += 2) {
        members.push([(parts[i] as { value: string }).value, parts[i + 1] as Lossless]);
      }
      return { t: 'object', members };
    }
  }
}

function depth(value: Lossless): number {
  if (value.t === 'array') return 1 + Math.max(0, ...value.items.map(depth));
  if (value.t === 'object') return 1 + Math.max(0, ...value.members.map(([, member]) => depth(member)));
  return 0;
}

function rowOf(columns: readonly Column[], value: Lossless): Record<string, Plain> {
  const row = members(
    columns.map(({ name, type }) => ({ name, type })),
    value,
  );
  for (const { name, notNull } of columns) if (notNull && row[name] === null) throw new Misfit(name);
  return row;
}

function members(fields: readonly { name: string; type: ColumnType }[], value: Lossless): Record<string, Plain> {
  if (value.t !== 'object') throw new Misfit('not an object');
  const result: Record<string, Plain> = Object.fromEntries(fields.map(({ name }) => [name, null]));
  const seen = new Set<string>();
  for (const [name, member] of value.members) {
    const field = fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      if (depth(member) > MAX_UNDECLARED_DEPTH) throw new Misfit('too deep');
      continue;
    }
    if (seen.has(name)) throw new Misfit('twice');
    seen.add(name);
    result[name] = convert(field.type, member);
  }
  for (const [other] of value.members) {
    const twin = fields.filter(({ name }) => !seen.has(name)).some(({ name }) => sameButForSpelling(name, other));
    if (!fields.some(({ name }) => name === other) && twin) throw new Misfit('a look-alike of a missing name');
  }
  return result;
}

/** Case, underscores, hyphens, dots, white space and what cannot be seen are left out. */
export function sameButForSpelling(a: string, b: string): boolean {
  const letters = (name: string): string =>
    [...name.normalize('NFKC').toLowerCase()]
      .filter((character) => !/^[_.\s\p{Pd}\p{Cf}\x85]$/u.test(character))
      .join('');
  return letters(a) === letters(b);
}

const INTEGER_BITS: Readonly<Record<string, bigint>> = { tinyint: 8n, smallint: 16n, int: 32n, bigint: 64n };

/** The value that a reader of the table must see. */
function convert(type: ColumnType, value: Lossless): Plain {
  if (value.t === 'null') return null;
  const text = value.t === 'number' ? value.text : value.t === 'string' ? value.value : undefined;
  switch (type.kind) {
    case 'boolean':
      if (value.t !== 'boolean') throw new Misfit('boolean');
      return value.value;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint': {
      if (text === undefined || !/^-?(0|[1-9]\d*)$/.test(text)) throw new Misfit('integer');
      const half = 1n << ((INTEGER_BITS[type.kind] as bigint) - 1n);
      const number = BigInt(text);
      if (number < -half || number >= half) throw new Misfit('range');
      return number.toString();
    }
    case 'float':
    case 'double': {
      if (value.t !== 'number') throw new Misfit('number');
      const number = type.kind === 'float' ? Math.fround(Number(value.text)) : Number(value.text);
      if (!Number.isFinite(number)) throw new Misfit('infinite');
      return number;
    }
    case 'decimal': {
      const match = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/.exec(text ?? '');
      if (match === null) throw new Misfit('decimal');
      const whole = match[2] === '0' ? '' : (match[2] as string);
      const fraction = (match[3] ?? '').replace(/0+$/, '');
      if (whole.length > type.precision - type.scale || fraction.length > type.scale) throw new Misfit('digits');
      return BigInt(`${match[1]}0${whole}${fraction.padEnd(type.scale, '0')}`.replace(/^-0+/, '-0')).toString();
    }
    case 'string':
      if (value.t !== 'string') throw new Misfit('string');
      return value.value;
    case 'date':
      if (value.t !== 'string') throw new Misfit('date');
      return day(value.value);
    case 'timestamp':
      return value.t === 'number' ? millis(value.text) : instant(text ?? '');
    case 'binary': {
      if (value.t !== 'string') throw new Misfit('binary');
      const bytes = Buffer.from(value.value, 'base64');
      if (bytes.toString('base64') !== value.value) throw new Misfit('base64');
      return bytes.toString('hex');
    }
    case 'array':
      if (value.t !== 'array') throw new Misfit('array');
      return value.items.map((item) => convert(type.element, item));
    case 'struct':
      return members(type.fields, value);
    case 'map': {
      if (value.t !== 'object') throw new Misfit('map');
      const map = new Map<string, Plain>();
      for (const [name, member] of value.members) {
        const key = String(convert(type.key, { t: 'string', value: name }));
        if (map.has(key)) throw new Misfit('twice');
        map.set(key, convert(type.value, member));
      }
      return map;
    }
  }
}

function day(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) throw new Misfit('date');
  const date = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text) throw new Misfit('no such day');
  return text;
}

function inYears(epochMillis: number): number {
  if (epochMillis < Date.parse('0001-01-01T00:00:00Z') || epochMillis > Date.parse('9999-12-31T23:59:59.999Z')) {
    throw new Misfit('year');
  }
  return epochMillis;
}

function millis(text: string): number {
  if (!/^-?(0|[1-9]\d*)$/.test(text)) throw new Misfit('timestamp');
  return inYears(Number(text)) + 0;
}

function instant(text: string): number {
  const match =
    /^(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?$/.exec(
      text,
    );
  if (match === null) throw new Misfit('timestamp');
  const [, date = '', hour, minute, second, fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = match;
  day(date);
  const local = Date.parse(`${date}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000;
  return inYears(sign === '-' ? local + offset : local - offset);
}
