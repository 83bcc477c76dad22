import { GetDataCatalogEncryptionSettingsCommand } from '@aws-sdk/client-glue';
import { type Check, ok, warning } from '../check';
import { onAnything } from '../permission';

/** An encrypted catalog needs its key for every read of a table definition, and nothing in this lake grants that key. */
export const glueEncryption: Check = {
  id: 'glue-encryption',
  permissions: () => onAnything('glue:GetDataCatalogEncryptionSettings'),
  async run({ aws }) {
    const { DataCatalogEncryptionSettings: settings } = await aws.glue.send(
      new GetDataCatalogEncryptionSettingsCommand({}),
    );
    const atRest = settings?.EncryptionAtRest;
    const mode = atRest?.CatalogEncryptionMode ?? 'DISABLED';
    if (mode === 'DISABLED') return [ok('the Glue catalog needs no key of its own')];
    const key = atRest?.SseAwsKmsKeyId ?? 'aws/glue';
    if (atRest?.CatalogEncryptionServiceRole !== undefined) {
      return [ok(`the Glue catalog is encrypted with ${key}, through a role of its own`)];
    }
    return [
      warning(
        `the Glue catalog is encrypted with ${key}: roles that query or crawl also need that key`,
        `Grant kms:Decrypt on ${key} to the roles that query, and kms:GenerateDataKey and kms:Encrypt to the crawler's and ` +
          "to the CDK's execution role (cdk-*-cfn-exec-role-*).",
      ),
    ];
  },
};
