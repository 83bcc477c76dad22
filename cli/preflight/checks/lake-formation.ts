import { GetDataLakeSettingsCommand, type PrincipalPermissions } from '@aws-sdk/client-lakeformation';
import { resourcesOfType } from '../assembly/assembly';
import { type Check, error, ok, skipped } from '../check';
import { onAnything } from '../permission';

/** The group that stands for "whatever IAM says". */
const EVERYBODY = 'IAM_ALLOWED_PRINCIPALS';

/**
 * Lake Formation gives new databases and tables the permissions that its settings name. Where those do not give everything
 * to IAM's principals, tables that the stack creates can be used by nobody, whatever their IAM policies say.
 */
export const lakeFormation: Check = {
  id: 'lake-formation',
  permissions: () => onAnything('lakeformation:GetDataLakeSettings'),
  async run({ aws, assembly, region }) {
    if (resourcesOfType(assembly, 'AWS::Glue::Database').length === 0) {
      return [skipped('not needed: the stage creates no Glue database')];
    }
    const { DataLakeSettings: settings } = await aws.lakeFormation.send(new GetDataLakeSettingsCommand({}));
    const locked = [
      ...(leavesItToIam(settings?.CreateDatabaseDefaultPermissions) ? [] : ['databases']),
      ...(leavesItToIam(settings?.CreateTableDefaultPermissions) ? [] : ['tables']),
    ];
    if (locked.length === 0) return [ok('Lake Formation leaves new databases and tables to IAM')];
    return [
      error(
        `Lake Formation takes new ${locked.join(' and ')} under its own permissions, so that IAM policies of this lake give nobody access`,
        'As a Lake Formation administrator choose "Use only IAM access control" for new databases and tables under ' +
          `Data Catalog settings in ${region}, or grant the roles of the lake in Lake Formation after the deployment. ` +
          'The setting holds for the whole account and region: ask its owners first.',
      ),
    ];
  },
};

const leavesItToIam = (permissions: readonly PrincipalPermissions[] = []): boolean =>
  permissions.some(
    ({ Principal, Permissions }) =>
      Principal?.DataLakePrincipalIdentifier === EVERYBODY && Permissions?.includes('ALL') === true,
  );
