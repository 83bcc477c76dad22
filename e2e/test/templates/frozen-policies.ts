import { SYNTHESIZED } from './synthesized';

/**
 * The description of a managed policy cannot be changed, only replaced, and a policy with a fixed name cannot be replaced: the new
 * one would find its name taken. So these texts stay as they are. Another text needs another name.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
 */
const FROZEN: Readonly<Record<string, string>> = {
  admin: 'Manages catalog, workgroups and alarms, stops the compaction; no data',
  analyst: 'Queries through the workgroup {name}',
  auditor: 'Reads configuration and metadata; denies all data, whatever else is attached',
  'auditor-logs': 'Reads logs, runs, alarms and the trail',
  dashboard: 'Queries through the workgroup {name}',
  engineer: 'Queries through the workgroup {name}',
  ingest: 'Puts raw objects of datasets; reads nothing',
  operating: 'Runs the compaction and the crawler, reads their logs and dead letters',
};

test.each(SYNTHESIZED)(
  '$variant.name: descriptions and paths of named policies are those that were deployed before',
  ({ variant, stacks }) => {
    const { prefix, name: stage } = variant.settings;
    const named = stacks
      .flatMap(({ template }) => Object.values(template.Resources))
      .filter(
        ({ Type, Properties }) => Type === 'AWS::IAM::ManagedPolicy' && Properties?.ManagedPolicyName !== undefined,
      );
    const found = named.map(({ Properties = {} }) => {
      const name = String(Properties.ManagedPolicyName);
      return [
        name.replace(`${prefix}-${stage}-`, ''),
        Properties.Path,
        String(Properties.Description).replace(name, '{name}'),
      ];
    });
    expect(found.sort()).toEqual(Object.entries(FROZEN).map(([name, text]) => [name, `/${prefix}/${stage}/`, text]));
  },
);
