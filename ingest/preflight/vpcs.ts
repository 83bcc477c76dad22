import { paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { countableQuota } from '../../cli/preflight/checks/countable-quota';

/** Five in a new account, of which the default VPC is one. */
export const vpcs = countableQuota({
  id: 'vpcs',
  type: 'AWS::EC2::VPC',
  things: 'VPCs',
  service: 'vpc',
  code: 'L-F678F1CE',
  actions: ['ec2:DescribeVpcs'],
  async count({ aws }) {
    let found = 0;
    for await (const page of paginateDescribeVpcs({ client: aws.ec2 }, {})) found += page.Vpcs?.length ?? 0;
    return found;
  },
});
