import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { ruleFor } from './rule';
import { workgroupConfiguration } from './workgroup-configuration';

export const athenaWorkgroupEnforced = ruleFor(CfnWorkGroup, {
  id: 'athena-workgroup-enforced',
  info: 'The Athena workgroup does not enforce its configuration.',
  explanation: 'Clients could otherwise send results elsewhere, unencrypted, and leave the scan limit out.',
  holds: (workgroup, resolve) => workgroupConfiguration(workgroup, resolve)?.enforceWorkGroupConfiguration === true,
});
