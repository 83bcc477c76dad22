import { Aws } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { OperationsKey } from './keys';

export interface MonthlyBudgetProps {
  /** For all charges of the account in a calendar month. */
  readonly dollars: number;
  /** Is notified. */
  readonly topic: Topic;
  /** Of the topic. */
  readonly operationsKey: OperationsKey;
}

/** Percents of the budget: spent, and by the forecast of AWS. */
const NOTIFICATIONS = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
];

/**
 * Notifies the topic when the account spends more in a month than it should. It stops nothing.
 *
 * The whole account, because costs can be divided by the lake's tags only after somebody has activated them for billing:
 * https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html. What Budgets needs to write to an encrypted topic:
 * https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
 *
 * @example
 * ```ts
 * const operationsKey = new OperationsKey(stack, 'Key', { description: 'Alarms', removalPolicy: RemovalPolicy.RETAIN });
 * new MonthlyBudget(stack, 'Budget', { dollars: 500, topic: new Topic(stack, 'Alarms', { masterKey: operationsKey }), operationsKey });
 * ```
 */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, { dollars, topic, operationsKey }: MonthlyBudgetProps) {
    super(scope, id);
    const service = 'budgets.amazonaws.com';
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'BudgetsOfThisAccount',
        principals: [new ServicePrincipal(service)],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    operationsKey.allowOfThisAccount('BudgetsToTheTopic', service);
    new CfnBudget(this, 'Resource', {
      // No name: CloudFormation chooses one, so that another lake of the account can have a budget as well.
      budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: dollars, unit: 'USD' } },
      notificationsWithSubscribers: NOTIFICATIONS.map((notification) => ({
        notification: { ...notification, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
        subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
      })),
    });
  }
}
