import { GetNamedQueryCommand, type NamedQuery } from '@aws-sdk/client-athena';
import { ask, workgroupName } from '../athena';
import type { SmokeCheck } from '../check';
import { LAKE_PEOPLE, PERSON_PERMISSIONS } from '../people';
import { NO_ATHENA, queryDollars } from './athena-analyst';

/** Of an injected partition key. Nobody has such rows. */
const VALUE = "'smoke'";

/**
 * Every saved query runs as it is, by the person for whom it is saved. On a stage with data it scans what its users' would:
 * mostly yesterday, or this month. Costs 40 queries.
 */
export const savedQueries: SmokeCheck = {
  id: 'saved-queries',
  proves: 'every saved query runs as it is, as analyst or engineer',
  answers: { 'AWS::Athena::NamedQuery': ['the resource itself', "Athena's parser"] },
  permissions: [...PERSON_PERMISSIONS, 'athena:GetNamedQuery'],
  notEmulated: NO_ATHENA,
  dollars: () => queryDollars(40),
  async run(context) {
    const { clients, settings, resources } = context;
    const ids = (await resources('query')).flatMap(({ type, id }) => (type === 'AWS::Athena::NamedQuery' ? [id] : []));
    if (ids.length === 0) throw new Error('the query stack has no saved query');
    const failed: string[] = [];
    for (const NamedQueryId of ids) {
      const { NamedQuery: saved } = await clients.athena.send(new GetNamedQueryCommand({ NamedQueryId }));
      const person = LAKE_PEOPLE.find((one) => workgroupName(settings, one) === saved?.WorkGroup);
      if (saved === undefined || person === undefined) {
        failed.push(`${NamedQueryId}: is in the workgroup ${saved?.WorkGroup}`);
        continue;
      }
      const answer = await ask(context, await context.actAs(person), askedOf(saved));
      if (answer.state !== 'SUCCEEDED') failed.push(`'${saved.Name}': ${answer.state}, ${answer.reason}`);
    }
    if (failed.length > 0)
      throw new Error(`${failed.length} of ${ids.length} saved queries fail. ${failed.join('; ')}`);
    return `${ids.length} queries`;
  },
};

function askedOf({ QueryString: sql = '', Database: database = '', WorkGroup: workgroup = '' }: NamedQuery) {
  const marks = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '').split('?').length - 1;
  return { sql, database, workgroup, values: Array.from({ length: marks }, () => VALUE) };
}
