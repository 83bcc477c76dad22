import type { StageSettings } from '../../lib/settings';
import type { DeployedStack } from './account/stacks';
import type { Assembly } from './assembly/assembly';
import type { Aws } from './aws/clients';
import type { Machine } from './machine';
import type { Scope } from './scope';

/** Everything that a check may look at. */
export interface Context extends Scope {
  readonly settings: StageSettings;
  /** ARN of the caller. */
  readonly caller: string;
  /** What `cdk deploy` would deploy. */
  readonly assembly: Assembly;
  readonly aws: Aws;
  readonly machine: Machine;
  /** The stages' stacks as the account has them now. Asked for once. @throws MissingPermission */
  deployed(): Promise<readonly DeployedStack[]>;
}
