import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { ruleFor } from './rule';
import { workgroupConfiguration } from './workgroup-configuration';

export const athenaWorkgroupEncrypted = ruleFor(CfnWorkGroup, {
  id: 'athena-workgroup-encrypted',
  info: 'The Athena workgroup does not encrypt results with a customer managed KMS key.',
  explanation: 'Results are copies of the data and need the protection that the data has.',
  holds: (workgroup, resolve) => {
    const encryption = workgroupConfiguration(workgroup, resolve)?.resultConfiguration?.encryptionConfiguration;
    return encryption?.encryptionOption === 'SSE_KMS' && encryption.kmsKey !== undefined;
  },
});
