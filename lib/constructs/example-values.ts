import { Annotations, CfnRule, Fn, type Stack } from 'aws-cdk-lib';
import { exampleValues, type SettingsExtension, type StageSettings } from '../settings';

/**
 * Makes CloudFormation refuse a stack, before it creates anything, as long as its stage has example values. The
 * templates can be synthesized, read and tested with them; `npm run preflight` says what to write instead.
 */
export function refuseExamples(stack: Stack, settings: StageSettings, extensions: readonly SettingsExtension[]): void {
  const fields = exampleValues(settings, extensions).map(({ field }) => field);
  if (fields.length === 0) return;
  const found = `config/stages/${settings.name}.ts holds example values: ${fields.join(', ')}`;
  // Not a warning: `cdk synth --strict` would fail with one, and synthesizing an example is not a mistake.
  Annotations.of(stack).addInfo(`${found}. npm run preflight -- --stage ${settings.name} says what to write instead.`);
  new CfnRule(stack, 'NoExampleValues', {
    assertions: [
      {
        assert: Fn.conditionEquals('example values', 'values of your own'),
        assertDescription: `${found.slice(0, 1_000)}. Replace them, and deploy again.`,
      },
    ],
  });
}
