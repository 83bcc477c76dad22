import { DescribeManagedRuleGroupCommand, ListAvailableManagedRuleGroupVersionsCommand } from '@aws-sdk/client-wafv2';
import { resourcesOfType } from '../../cli/preflight/assembly/assembly';
import { at, visit } from '../../cli/preflight/assembly/template';
import type { Aws } from '../../cli/preflight/aws/clients';
import { type Check, error, type Finding, ok, skipped, warning } from '../../cli/preflight/check';
import type { Context } from '../../cli/preflight/context';
import { onAnything } from '../../cli/preflight/permission';
import { unseen } from '../../cli/preflight/unseen';
import { MANAGED_RULE_GROUPS, readsBody } from '../infra/settings/managed-rules';

const LISTS = 'lib/settings/managed-rules.ts';

/** A group as a template uses it. */
interface Used {
  readonly name: string;
  readonly version: string | undefined;
  /** Rules whose action the template overrides. */
  readonly counted: readonly string[];
}

/** The firewall's groups of AWS: their versions can be had, and hold the rules that the template was written for, and no other. */
export const managedRules: Check = {
  id: 'managed-rules',
  permissions: () => onAnything('wafv2:DescribeManagedRuleGroup', 'wafv2:ListAvailableManagedRuleGroupVersions'),
  async run(context) {
    const used = groups(context);
    if (used.length === 0) return [skipped('not needed: the stage has no firewall')];
    const findings = await Promise.all(used.map((group) => look(context, group)));
    return findings.flat();
  },
};

function groups({ assembly }: Context): readonly Used[] {
  const found: Used[] = [];
  visit(resourcesOfType(assembly, 'AWS::WAFv2::WebACL'), (object) => {
    const group = object.ManagedRuleGroupStatement;
    const [vendor, name, version] = ['VendorName', 'Name', 'Version'].map((key) => at(group, [key]));
    if (vendor !== 'AWS' || typeof name !== 'string') return;
    const overrides = at(group, ['RuleActionOverrides']);
    found.push({
      name,
      version: typeof version === 'string' ? version : undefined,
      counted: (Array.isArray(overrides) ? overrides : []).map((override) => String(at(override, ['Name']))),
    });
  });
  return found;
}

async function look({ aws }: Context, group: Used): Promise<readonly Finding[]> {
  const { name, version } = group;
  try {
    if (version === undefined) return judge(group, 'as it is now', await rulesOf(aws, name));
    const { versions, current } = await versionsOf(aws, name);
    if (!versions.includes(version)) {
      return [
        error(
          `${name} has no ${version} that a web ACL may still use`,
          `Take over one of ${versions.join(', ')} in ${LISTS}, with its rules; count those that read bodies.`,
        ),
      ];
    }
    const findings = judge(group, version, await rulesOf(aws, name, version));
    if (current === undefined || current === version) return findings;
    return [...findings, ...(await coming(aws, group, current))];
  } catch (cause) {
    return [unseen(cause, name)];
  }
}

/** What the group would block when its pinned version expires: AWS then applies the default one. */
async function coming(aws: Aws, { name, counted, version }: Used, current: string): Promise<readonly Finding[]> {
  const added = (await rulesOf(aws, name, current)).filter((rule) => readsBody(rule) && !counted.includes(rule));
  if (added.length === 0) return [];
  return [
    warning(
      `${name}: ${current}, which AWS uses once ${version} has expired, blocks by ${added.join(', ')} what events may quote`,
      `Take ${current} over in ${LISTS}, and count what reads bodies.`,
    ),
  ];
}

function judge({ name, counted }: Used, version: string, rules: readonly string[]): readonly Finding[] {
  const known = MANAGED_RULE_GROUPS.find((group) => group.name === name)?.rules ?? [];
  const blocking = rules.filter((rule) => readsBody(rule) && !counted.includes(rule));
  const strange = rules.filter((rule) => !known.includes(rule) && !blocking.includes(rule));
  const gone = counted.filter((rule) => !rules.includes(rule));
  const findings = [
    ...(blocking.length === 0
      ? []
      : [
          error(
            `${name}, ${version}: ${blocking.join(', ')} would block events for what they quote`,
            `Let it count in ${LISTS}.`,
          ),
        ]),
    ...(gone.length === 0
      ? []
      : [error(`${name}, ${version}, has no rule ${gone.join(', ')} to count`, `Correct the list in ${LISTS}.`)]),
    ...(strange.length === 0
      ? []
      : [
          warning(
            `${name}, ${version}, has rules that the template does not know: ${strange.join(', ')}`,
            `Look whether they could block events, and add them to ${LISTS}.`,
          ),
        ]),
  ];
  return findings.length > 0
    ? findings
    : [ok(`${name}, ${version}: the ${rules.length} rules that the template knows`)];
}

/** Versions that a web ACL may name, and that which AWS uses by default. */
async function versionsOf(
  aws: Aws,
  Name: string,
): Promise<{ versions: readonly string[]; current: string | undefined }> {
  const versions: string[] = [];
  let current: string | undefined;
  let NextMarker: string | undefined;
  do {
    const answer = await aws.waf.send(
      new ListAvailableManagedRuleGroupVersionsCommand({ VendorName: 'AWS', Name, Scope: 'REGIONAL', NextMarker }),
    );
    versions.push(...(answer.Versions ?? []).flatMap((one) => (one.Name === undefined ? [] : [one.Name])));
    current ??= answer.CurrentDefaultVersion;
    NextMarker = answer.NextMarker;
  } while (NextMarker !== undefined);
  return { versions, current };
}

async function rulesOf(aws: Aws, Name: string, VersionName?: string): Promise<readonly string[]> {
  const { Rules = [] } = await aws.waf.send(
    new DescribeManagedRuleGroupCommand({ VendorName: 'AWS', Name, Scope: 'REGIONAL', VersionName }),
  );
  return Rules.flatMap((rule) => (rule.Name === undefined ? [] : [rule.Name]));
}
