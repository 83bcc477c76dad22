import { DescribeAddressesCommand } from '@aws-sdk/client-ec2';
import { countableQuota } from '../../cli/preflight/checks/countable-quota';

/** Five in a new account; each NAT gateway takes one. */
export const elasticIps = countableQuota({
  id: 'elastic-ips',
  type: 'AWS::EC2::EIP',
  things: 'Elastic IP addresses',
  service: 'ec2',
  code: 'L-0263D0A3',
  actions: ['ec2:DescribeAddresses'],
  async count({ aws }) {
    const { Addresses } = await aws.ec2.send(new DescribeAddressesCommand({}));
    return Addresses?.length ?? 0;
  },
});
