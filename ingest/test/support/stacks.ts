import { type TestStage, testLake } from '../../../test/support/cdk';
import type { IngestStack } from '../../infra/stacks/ingest-stack';
import type { IssuerStack } from '../../infra/stacks/issuer-stack';
import type { NetworkStack } from '../../infra/stacks/network-stack';

/** The stacks of the ingest tier, as far as a stage has them. */
export function ingestStacks(stage: TestStage = {}): {
  readonly ingest: IngestStack | undefined;
  readonly network: NetworkStack | undefined;
  readonly issuer: IssuerStack | undefined;
} {
  const { node } = testLake(stage);
  return {
    ingest: node.tryFindChild('Ingest') as IngestStack | undefined,
    network: node.tryFindChild('Network') as NetworkStack | undefined,
    issuer: node.tryFindChild('Issuer') as IssuerStack | undefined,
  };
}
