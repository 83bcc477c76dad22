import { paginateGetDatabases } from '@aws-sdk/client-glue';
import { arn } from '../scope';
import { countableQuota } from './countable-quota';

const quota = countableQuota({
  id: 'glue-databases',
  type: 'AWS::Glue::Database',
  things: 'Glue databases',
  service: 'glue',
  code: 'L-F953935E',
  actions: [],
  async count({ aws }) {
    let databases = 0;
    for await (const page of paginateGetDatabases({ client: aws.glue, pageSize: 100 }, {})) {
      databases += page.DatabaseList?.length ?? 0;
    }
    return databases;
  },
});

export const glueDatabases = {
  ...quota,
  permissions: (scope: Parameters<typeof quota.permissions>[0]) => [
    ...quota.permissions(scope),
    ...['catalog', 'database/*'].map((name) => ({ action: 'glue:GetDatabases', resource: arn(scope, 'glue', name) })),
  ],
};
