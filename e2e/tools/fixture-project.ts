import { join } from 'node:path';
import { copyProject } from '../../test/support/project-copy';
import type { Supervisor } from './supervisor';

const copies = new WeakMap<Supervisor, string>();

/** A copy of the project with the datasets and stages of the tests: commands give the same there in every fork. One a supervisor. */
export function fixtureProject(supervisor: Supervisor): string {
  const known = copies.get(supervisor);
  if (known !== undefined) return known;
  const copy = copyProject(join(supervisor.folder('project'), 'lake'));
  copies.set(supervisor, copy);
  return copy;
}
