import { Annotations, RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { StageSettings } from '../settings';

/**
 * Context key of the second switch, `-c allowDataDeletion=dev`. It takes effect with a deployment: the deployed template
 * decides what a destroy removes.
 */
export const ALLOW_DATA_DELETION = 'allowDataDeletion';

/**
 * Whether the stage's data is deleted with its stacks. Two switches, in two places, must agree: `dataRemoval: 'delete'` in
 * the stage's file and `-c allowDataDeletion=<stage>` on the command line. One alone keeps everything.
 */
export const deletesData = (scope: Construct, settings: StageSettings): boolean =>
  settings.dataRemoval === 'delete' && scope.node.tryGetContext(ALLOW_DATA_DELETION) === settings.name;

export const dataRemovalPolicy = (scope: Construct, settings: StageSettings): RemovalPolicy =>
  deletesData(scope, settings) ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;

/** Warns if only the command line asks for deletion: the data is not deleted then. */
export function explainDataRemoval(scope: Construct, settings: StageSettings): void {
  if (scope.node.tryGetContext(ALLOW_DATA_DELETION) === settings.name && settings.dataRemoval === 'retain') {
    Annotations.of(scope).addWarningV2(
      'lake:dataIsKept',
      `-c ${ALLOW_DATA_DELETION}=${settings.name} has no effect: the stage says dataRemoval: 'retain'.`,
    );
  }
}
