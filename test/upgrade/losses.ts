import { changesOf, type ResourceChange } from '../../cli/diff/changes';
import { HELD, type Held, type HeldResources } from '../../cli/diff/held';
import { section } from '../docs/pages';

/** A change that takes something from those who deployed the last release. */
export interface Loss {
  /** `lake-dev-storage/Raw0DF4E5A7` */
  readonly resource: string;
  /** What happens to it, what is lost, what to do. */
  readonly message: string;
}

/** A loss that is meant, and explained to those who upgrade. */
export interface AcceptedLoss {
  /** `storage/Raw0DF4E5A7`: the name of the stack without prefix and stage, and the logical id. */
  readonly resource: string;
  readonly reason: string;
}

/** Names of stacks begin with prefix and stage, which have no hyphens in the lakes of these tests. */
const unstaged = (resource: string): string => resource.replace(/^\w+-\w+-/, '');

const ACCEPT = 'To accept it, add it to accepted.ts beside this test and to docs/upgrades.md, "Unreleased".';

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

function problemOf(before: Held, change: ResourceChange): string {
  const lost = HELD[before.type] ?? 'what it holds';
  const stays = 'the old one stays without a stack, and a new one is empty';
  const keepId = 'Keep the id and the place of its construct, or give the moved one its old id with overrideLogicalId.';
  if (change.kind === 'retyped') return `is now a ${change.type}: CloudFormation refuses that. ${keepId}`;
  if (change.kind === 'deleted') {
    const end = change.isKept ? stays : `it is deleted, with ${lost}`;
    return `is removed, or has another logical id: ${end}. ${keepId}`;
  }
  const { path, from, to } = change.property;
  const changes = `${path} changes from ${show(from)} to ${show(to)}, so`;
  if (change.kind === 'unprotected') return `${changes} ${lost} can go.`;
  const end = change.isKept ? stays : `the old one is deleted, with ${lost}`;
  return `${changes} it is replaced: ${end}. Leave ${path} as it was.`;
}

/** What the templates of now would take from the lakes of the last release. New resources are none of it. */
export function losses(released: HeldResources, current: HeldResources): readonly Loss[] {
  return Object.entries(released).flatMap(([stack, resources]) =>
    Object.entries(resources).flatMap(([id, before]) =>
      changesOf(before, current[stack]?.[id]).map((change) => ({
        resource: `${stack}/${id}`,
        message: `${before.type} ${stack}/${id} ${problemOf(before, change)} ${ACCEPT}`,
      })),
    ),
  );
}

/** @returns messages of what is lost and not accepted, and of what is accepted and not lost */
export function unexpected(found: readonly Loss[], accepted: readonly AcceptedLoss[]): readonly string[] {
  const isAccepted = ({ resource }: Loss): boolean => accepted.some((one) => one.resource === unstaged(resource));
  return [
    ...found.filter((loss) => !isAccepted(loss)).map(({ message }) => message),
    ...accepted
      .filter((one) => !found.some(({ resource }) => unstaged(resource) === one.resource))
      .map(
        ({ resource }) => `${resource} is accepted as lost, and is not. Remove it from accepted.ts beside this test.`,
      ),
  ];
}

/** Accepted losses without a reason, or without a line for those who upgrade. */
export function unexplained(accepted: readonly AcceptedLoss[]): readonly string[] {
  const page = section('docs/upgrades.md', '### Unreleased');
  return accepted
    .filter(({ resource, reason }) => reason.length < 20 || !page.includes(`\`${resource}\``))
    .map(({ resource }) => `${resource} needs a reason, and a line with its steps in docs/upgrades.md, "Unreleased".`);
}
