import { paginateDescribeLoadBalancers } from '@aws-sdk/client-elastic-load-balancing-v2';
import { countableQuota } from '../../cli/preflight/checks/countable-quota';

export const loadBalancers = countableQuota({
  id: 'load-balancers',
  type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  things: 'Application Load Balancers',
  service: 'elasticloadbalancing',
  code: 'L-53DA6B97',
  actions: ['elasticloadbalancing:DescribeLoadBalancers'],
  async count({ aws }) {
    let found = 0;
    for await (const page of paginateDescribeLoadBalancers({ client: aws.loadBalancing }, {})) {
      found += page.LoadBalancers?.filter(({ Type }) => Type === 'application').length ?? 0;
    }
    return found;
  },
});
