import type { ResolvedTemplates } from '../support/iam/cloudformation';
import { crawlerNeeds } from './crawler-needs';
import { machineNeeds } from './machine-needs';
import { type Need, need, tracing } from './need';

/**
 * What the roles of services need, read off the templates: each state of a state machine, each schedule and rule, each
 * crawler, and of each function what Lambda itself does with its role. What a function's own code does is in the matrix.
 */
export const needsOf = (templates: ResolvedTemplates): readonly Need[] => [
  ...machineNeeds(templates),
  ...scheduleNeeds(templates),
  ...ruleNeeds(templates),
  ...crawlerNeeds(templates),
  ...functionNeeds(templates),
];

const scheduleNeeds = (templates: ResolvedTemplates): readonly Need[] =>
  templates
    .ofType('AWS::Scheduler::Schedule')
    .flatMap(({ id, properties: { Target: target } }) => [
      need(target.RoleArn, 'states:StartExecution', target.Arn, `the schedule ${id} starts its target`),
      need(target.RoleArn, 'sqs:SendMessage', target.DeadLetterConfig.Arn, `the schedule ${id} reports failed starts`),
    ]);

const ruleNeeds = (templates: ResolvedTemplates): readonly Need[] =>
  templates
    .ofType('AWS::Events::Rule')
    .flatMap(({ id, properties: { Targets: targets } }) =>
      (targets as { Arn: string; RoleArn: string }[]).map(({ Arn, RoleArn }) =>
        need(RoleArn, 'states:StartExecution', Arn, `the rule ${id} starts its target`),
      ),
    );

function functionNeeds(templates: ResolvedTemplates): readonly Need[] {
  const logGroups = new Map(
    templates.ofType('AWS::Logs::LogGroup').map((group) => {
      const arn = templates.arn(group);
      return [arn.split(':').at(-1), arn];
    }),
  );
  return templates
    .ofType('AWS::Lambda::Function')
    .filter(({ properties }) => properties.LoggingConfig?.LogGroup !== undefined) // the lake's own, not the CDK's helpers
    .flatMap(({ id, properties: { Role: role, LoggingConfig, TracingConfig, DeadLetterConfig } }) => {
      const stream = `${logGroups.get(LoggingConfig.LogGroup)}:log-stream:2026/11/25/[1]5f2c`;
      return [
        need(role, 'logs:CreateLogStream', stream, `Lambda writes the logs of ${id}`),
        need(role, 'logs:PutLogEvents', stream, `Lambda writes the logs of ${id}`),
        ...(DeadLetterConfig === undefined
          ? []
          : [need(role, 'sqs:SendMessage', DeadLetterConfig.TargetArn, `Lambda reports failed events of ${id}`)]),
        ...(TracingConfig?.Mode === 'Active' ? tracing(role, id, ['PutTraceSegments', 'PutTelemetryRecords']) : []),
      ];
    });
}
