interface Documented {
  readonly page: string;
  /** Sets of dimensions that each metric is published with. */
  readonly metrics: Readonly<Record<string, readonly (readonly string[])[]>>;
}

/** Metrics of AWS services that alarms and the dashboard read, with the page that documents them. */
export const DOCUMENTED: Readonly<Record<string, Documented>> = {
  'AWS/Billing': {
    page: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html',
    metrics: { EstimatedCharges: [['Currency'], ['Currency', 'ServiceName']] },
  },
  'AWS/Athena': {
    page: 'https://docs.aws.amazon.com/athena/latest/ug/workgroups-setting-control-limits-cloudwatch.html',
    metrics: { ProcessedBytes: [['WorkGroup']] },
  },
  'AWS/States': {
    page: 'https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html',
    metrics: {
      ExecutionsFailed: [['StateMachineArn']],
      ExecutionsSucceeded: [['StateMachineArn']],
      ExecutionsTimedOut: [['StateMachineArn']],
      ExecutionTime: [['StateMachineArn']],
    },
  },
  'AWS/SQS': {
    page: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html',
    metrics: { ApproximateNumberOfMessagesVisible: [['QueueName']] },
  },
  'AWS/Lambda': {
    page: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html',
    metrics: { Errors: [['FunctionName']], Throttles: [['FunctionName']], Duration: [['FunctionName']] },
  },
  'AWS/AutoScaling': {
    // Of retained instances: https://docs.aws.amazon.com/autoscaling/ec2/userguide/manage-retained-instances.html
    page: 'https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html',
    metrics: {
      GroupDesiredCapacity: [['AutoScalingGroupName']],
      GroupInServiceInstances: [['AutoScalingGroupName']],
      GroupTerminatingRetainedInstances: [['AutoScalingGroupName']],
    },
  },
  'AWS/ApplicationELB': {
    page: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html',
    metrics: {
      UnHealthyHostCount: [['LoadBalancer', 'TargetGroup']],
      HTTPCode_Target_5XX_Count: [['LoadBalancer'], ['LoadBalancer', 'TargetGroup']],
      HTTPCode_ELB_5XX_Count: [['LoadBalancer']],
    },
  },
};
