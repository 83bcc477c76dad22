import { interfaceFields, read } from '../docs/pages';
import { parseStage } from '../support/extensions';
import { EVERY_SWITCH, LONGEST, LONGEST_DATASET, MANY_DATASETS, OTHER_TIERS, VARIANTS } from '../support/variants';

const MODELS = [
  'lib/settings/model.ts',
  'ingest/infra/settings/model.ts', // with ingest
];

/** Names of all members, at any depth; of a union of settings, those that are given. */
const names = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.flatMap(names)
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, inner]) => [name, ...names(inner)])
      : [];

/** Every field of the interfaces that a stage is made of. */
function settingsFields(): string[] {
  return MODELS.flatMap((model) => {
    const interfaces = [...read(model).matchAll(/^export interface (\w+(?:Definition|Limits))\b/gm)];
    return interfaces.flatMap(([, name = '']) => interfaceFields(model, name));
  });
}

test('the variants between them set every setting: give a new one a value in test/support/variants.ts', () => {
  const set = new Set([EVERY_SWITCH, MANY_DATASETS, ...OTHER_TIERS].flatMap(names));
  const fields = settingsFields();
  expect(fields.length).toBeGreaterThan(20);
  expect(fields.filter((field) => !set.has(field))).toEqual([]);
});

test('every setting of the variant with all switches differs from its default', () => {
  const defaults = JSON.parse(JSON.stringify(parseStage({ name: 'test' })));
  const given = JSON.parse(JSON.stringify(parseStage(EVERY_SWITCH)));
  const same = (left: unknown, right: unknown, path: string): string[] => {
    if (typeof left === 'object' && left !== null && typeof right === 'object' && right !== null) {
      const inner = right as Record<string, unknown>;
      return Object.entries(left).flatMap(([name, value]) => same(value, inner[name], `${path}.${name}`));
    }
    return left === right ? [path] : [];
  };
  expect(same(given, defaults, 'stage')).toEqual([]);
});

test('the names are as long as the settings allow', () => {
  expect(() => parseStage({ ...LONGEST, name: `${LONGEST.name}x` })).toThrow(/name/);
  expect(() => parseStage({ ...LONGEST, prefix: `${LONGEST.prefix}x` })).toThrow(/prefix/);
  expect(LONGEST_DATASET.name).toHaveLength(64);
});

test('each variant is synthesized under a name of its own', () => {
  expect(new Set(VARIANTS.map(({ name }) => name)).size).toBe(VARIANTS.length);
  expect(new Set(VARIANTS.map(({ settings }) => settings.name)).size).toBe(VARIANTS.length);
});
