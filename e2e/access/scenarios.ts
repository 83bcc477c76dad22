import { instanceScenarios } from '../../ingest/e2e/access'; // with ingest
import { withEmulatedLake } from '../emulator/lake';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { functionScenarios } from './functions';
import { peopleScenarios } from './people';
import { Person, STAGE } from './person';

/** A second lake, with IAM enforced: what every role may do, and that the functions need all that theirs may. */
export async function accessScenarios(supervisor: Supervisor, report: Report): Promise<void> {
  await withEmulatedLake(supervisor, { auth: true, stage: STAGE }, async (lake) => {
    await functionScenarios(lake, report);
    const person = await Person.create(lake);
    await peopleScenarios(lake, person, report);
    await instanceScenarios(lake, person, report); // with ingest
  });
}
