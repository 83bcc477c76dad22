/** What the examples in docstrings of constructs are given, for the compiler alone. */
import type { App, Stack } from 'aws-cdk-lib';
import type { IVpc, LaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { Database } from 'aws-cdk-lib/aws-glue';
import type { ManagedPolicy, Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IngestLoadBalancer } from '../../../ingest/infra/constructs'; // with ingest
import type { IngestSettings } from '../../../ingest/infra/settings'; // with ingest
import type { Dataset } from '../../../lib/dataset';
import type { StageSettings } from '../../../lib/settings';
import type { CatalogStack } from '../../../lib/stacks/catalog-stack';
import type { StorageStack } from '../../../lib/stacks/storage-stack';

export { UserData } from 'aws-cdk-lib/aws-ec2'; // with ingest
export { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
export { Topic } from 'aws-cdk-lib/aws-sns';
export { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
export { PLANNER_ENTRIES, plannerStatements } from '../../../lib/constructs/compaction';
export { OperationsKey } from '../../../lib/constructs/keys';
export { curatedTable } from '../../../lib/dataset';
export { datasetsScript } from '../../../lib/dataset/bundle';
export { parseStage, serviceRolePath } from '../../../lib/settings';

export declare const app: App;
export declare const stack: Stack;
export declare const settings: StageSettings;
export declare const ingest: IngestSettings; // with ingest
export declare const datasets: readonly Dataset[];
export declare const orders: Dataset;
export declare const storage: StorageStack;
export declare const catalog: CatalogStack;
export declare const database: Database;
export declare const bucket: IBucket;
export declare const producer: Role;
export declare const policy: ManagedPolicy;
export declare const lambda: IFunction;
export declare const stateMachine: IStateMachine;
export declare const queue: IQueue;
export declare const vpc: IVpc;
export declare const loadBalancer: IngestLoadBalancer; // with ingest
export declare const launchTemplate: LaunchTemplate;
export declare const repository: IRepository;
export declare const logGroup: ILogGroup;
