import { askForMore, quotaPermissions, quotaValue } from '../account/quotas';
import { type Check, ok, unknown, warning } from '../check';

/** Running and queued SELECTs of an account in a region; the 201st fails with TooManyRequestsException. */
const ACTIVE_DML = { service: 'athena', code: 'L-FC5F6546' };
/** The lowest default of any region. An account with less was throttled by AWS. */
const USUAL = 20;

export const athenaQueries: Check = {
  id: 'athena-queries',
  permissions: quotaPermissions,
  async run({ aws, region }) {
    const value = await quotaValue(aws, ACTIVE_DML);
    if (value === undefined) {
      return [
        unknown(
          'AWS does not say how many queries may be active at once',
          'Look at Athena in the Service Quotas console.',
        ),
      ];
    }
    if (value >= USUAL) return [ok(`${value} Athena queries may be active at once, over all workgroups`)];
    return [
      warning(
        `only ${value} Athena queries may be active at once, over all workgroups`,
        `Ask for more before dashboards share the account: ${askForMore(ACTIVE_DML, USUAL, region)}`,
      ),
    ];
  },
};
