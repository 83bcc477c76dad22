import { type CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import type { StageSettings } from '../../../lib/settings';

/** The stacks of a stage that are there, by the tags that each of them has: names of stages can begin alike. */
export async function* stacksOfStage(
  client: CloudFormationClient,
  { prefix, name }: StageSettings,
): AsyncGenerator<Stack & { readonly StackName: string }> {
  let NextToken: string | undefined;
  do {
    const page = await client.send(new DescribeStacksCommand({ NextToken }));
    for (const stack of page.Stacks ?? []) {
      const { StackName, StackStatus, ParentId, Tags = [] } = stack;
      const has = (key: string, value: string): boolean =>
        Tags.some(({ Key, Value }) => Key === key && Value === value);
      const isThere = ParentId === undefined && StackStatus !== 'DELETE_COMPLETE';
      if (StackName !== undefined && isThere && has('lake', prefix) && has('stage', name))
        yield { ...stack, StackName };
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
}
