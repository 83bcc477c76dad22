import { DescribeResourcePoliciesCommand } from '@aws-sdk/client-cloudwatch-logs';
import { resourcesOfType } from '../assembly/assembly';
import { at } from '../assembly/template';
import { type Check, error, ok, skipped } from '../check';
import { onAnything } from '../permission';

/**
 * Resource policies of CloudWatch Logs that a region of an account can hold. AWS does not raise it.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
 */
const MAX_POLICIES = 10;
const DELIVERY = 'delivery.logs.amazonaws.com';

/**
 * State machines log through a resource policy of CloudWatch Logs, which Step Functions writes when the first one is
 * created. Where all ten are taken by others, the state machine cannot be created.
 */
export const logPolicies: Check = {
  id: 'log-policies',
  permissions: () => onAnything('logs:DescribeResourcePolicies'),
  async run({ aws, assembly }) {
    const logging = resourcesOfType(assembly, 'AWS::StepFunctions::StateMachine').filter(
      ({ Properties }) => at(Properties, ['LoggingConfiguration']) !== undefined,
    );
    if (logging.length === 0) return [skipped('not needed: no state machine of the stage writes logs')];
    // Fifty to a page, and there cannot be more than ten: one page is all.
    const { resourcePolicies = [] } = await aws.logs.send(new DescribeResourcePoliciesCommand({}));
    const policies = resourcePolicies.map(({ policyDocument = '' }) => policyDocument);
    const summary = `${policies.length} of ${MAX_POLICIES} resource policies of CloudWatch Logs are in use`;
    if (policies.length >= MAX_POLICIES && !policies.some((document) => document.includes(DELIVERY))) {
      return [
        error(
          `${summary}, and none allows ${DELIVERY}, which state machines log through`,
          'Delete an unused one: aws logs describe-resource-policies, then aws logs delete-resource-policy.',
        ),
      ];
    }
    return [ok(summary)];
  },
};
