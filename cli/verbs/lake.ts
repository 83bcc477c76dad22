import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import type { CompactionSettings } from '../../lambda/compaction/runtime/settings';
import type { Dataset } from '../../lib/dataset';
import type { StageSettings } from '../../lib/settings';

/** `read`: every request that would change something is refused before it is made. */
export type Access = 'read' | 'write';

/** The lake that a verb asks or tells, the same for a deployed stage and for a folder of this machine. */
export interface OperatedLake extends Lake {
  readonly place: { readonly stage: string } | { readonly local: string };
  readonly datasets: readonly Dataset[];
  /** For what {@link Lake.store} does not know: versions, encryption. As guarded as the store. */
  readonly s3: S3Client;
  /** What compaction is told where it runs in this process. */
  readonly settings: CompactionSettings;
  /** Undefined for a folder. */
  readonly aws: StageServices | undefined;
  /** May be called twice. */
  close(): Promise<void>;
}

/** What a deployed stage has besides its buckets. */
export interface StageServices {
  readonly stateMachineArn: string;
  /** What the names of all its alarms begin with. */
  readonly alarmPrefix: string;
  /** As the stage is declared. */
  readonly retention: StageSettings['retention'];
  readonly cloudWatch: CloudWatchClient;
  readonly sfn: SFNClient;
}
