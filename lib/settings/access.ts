import {
  type AccessDefinition,
  type IngestPrincipals,
  LAKE_ROLES,
  type LakePrincipals,
  type LakeRole,
  type StageSettings,
} from './model';
import { checkKeys, type Report, show } from './report';

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[\x21-\x7e]+\/)?[\w+=,.@-]{1,64}$/;
const PERMISSION_SET = /^[\w+=,.@-]{1,32}$/;

/** A role has ten managed policies, each with room for the prefixes of 25 datasets. */
const MOST_DATASETS = 250;

/** What Identity Center calls the roles of its permission sets; the last part is random and changes. */
const PERMISSION_SET_ROLE = /\/AWSReservedSSO_(.+)_[0-9a-f]{16}$/;

/** Who may assume which role of the lake. A role without principals is not created. */
export function resolveAccess(given: AccessDefinition, report: Report): StageSettings['access'] {
  checkKeys(given, LAKE_ROLES, 'access.', report);
  const named = LAKE_ROLES.flatMap((role): [LakeRole, Required<IngestPrincipals>][] => {
    const principals: LakePrincipals & Pick<IngestPrincipals, 'datasets'> = given[role] ?? {};
    if (given[role] === undefined) return [];
    const path = `access.${role}`;
    checkKeys(principals, ['roles', 'permissionSets', ...(role === 'ingest' ? ['datasets'] : [])], `${path}.`, report);
    const { roles = [], permissionSets = [], datasets = [] } = principals;
    checkEach(`${path}.roles`, roles, roleProblem, report);
    checkEach(`${path}.permissionSets`, permissionSets, permissionSetProblem, report);
    checkEach(`${path}.datasets`, datasets, () => undefined, report);
    if (datasets.length > MOST_DATASETS) {
      report(
        `${path}.datasets`,
        `names ${datasets.length} datasets, and the policies of a role have room for ${MOST_DATASETS}`,
        'leave it out, for all datasets, or name fewer',
      );
    }
    if (roles.length + permissionSets.length === 0) {
      report(path, 'has no principal', `name a role or a permission set, or leave ${role} out`);
    }
    return [[role, { roles, permissionSets, datasets }]];
  });
  return Object.fromEntries(named);
}

type Problem = readonly [problem: string, fix: string] | undefined;

function checkEach(path: string, values: readonly string[], problemOf: (value: string) => Problem, report: Report) {
  if (!Array.isArray(values)) return report(path, `is ${show(values)}`, 'write a list, in brackets');
  values.forEach((value, index) => {
    const [problem, fix] = problemOf(String(value)) ?? [];
    if (problem !== undefined) report(`${path}[${index}]`, `${show(value)} ${problem}`, fix ?? '');
    if (values.indexOf(value) !== index) report(`${path}[${index}]`, `repeats ${show(value)}`, 'remove it');
  });
}

function roleProblem(arn: string): Problem {
  const [, permissionSet] = PERMISSION_SET_ROLE.exec(arn) ?? [];
  if (permissionSet !== undefined) {
    return [
      'is the role of a permission set, which gets a new name when it is provisioned again',
      `write permissionSets: ['${permissionSet}']`,
    ];
  }
  if (ROLE_ARN.test(arn)) return undefined;
  return ['is not the ARN of an IAM role', "write one such as 'arn:aws:iam::123456789012:role/data-analysts'"];
}

const permissionSetProblem = (name: string): Problem =>
  PERMISSION_SET.test(name)
    ? undefined
    : [
        'is not the name of a permission set',
        "write its name alone, such as 'DataAnalyst': 1 to 32 letters, digits or _+=,.@-",
      ];
