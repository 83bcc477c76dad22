import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnNamedQuery } from 'aws-cdk-lib/aws-athena';
import type { Construct } from 'constructs';
import { QueryLog } from '../constructs/query-log';
import { analystQueries, engineerQueries, operationsQueries, type QueryText } from '../constructs/query-texts';
import { sharedAnalystQueries, sharedEngineerQueries, sharedOperationsQueries } from '../constructs/shared-queries';
import { Workgroup } from '../constructs/workgroup';
import type { Dataset } from '../dataset/model';
import { pascalCase } from '../dataset/pascal-case';
import { type StageSettings, WORKGROUP_CLASSES, type WorkgroupClass } from '../settings';
import type { CatalogStack } from './catalog-stack';
import type { StorageStack } from './storage-stack';

export interface QueryStackProps extends StackProps {
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
  readonly storage: StorageStack;
  readonly catalog: CatalogStack;
}

/**
 * How people query the lake: a workgroup for each class of users, saved queries, the query log.
 *
 * @example
 * ```ts
 * const query = new QueryStack(app, 'Query', { settings, datasets, storage, catalog });
 * query.workgroups.analyst.workgroupName; // lake-dev-analyst
 * ```
 */
export class QueryStack extends Stack {
  readonly workgroups: Readonly<Record<WorkgroupClass, Workgroup>>;

  constructor(scope: Construct, id: string, props: QueryStackProps) {
    super(scope, id, props);
    const { settings, storage } = props;
    this.addStackDependency(props.catalog, 'saved queries name its databases');
    this.workgroups = {
      analyst: this.createWorkgroup('analyst', props),
      engineer: this.createWorkgroup('engineer', props),
      dashboard: this.createWorkgroup('dashboard', props),
    };
    this.saveQueries(props);
    new QueryLog(this, 'QueryLog', {
      settings,
      workgroupNames: WORKGROUP_CLASSES.map((workgroupClass) => this.workgroups[workgroupClass].workgroupName),
      logsBucket: storage.logsBucket,
      operationsKey: storage.operationsKey,
      alarmTopic: storage.alarmTopic,
    });
  }

  private createWorkgroup(workgroupClass: WorkgroupClass, props: QueryStackProps): Workgroup {
    const { settings, storage } = props;
    const name = pascalCase(workgroupClass);
    const workgroup = new Workgroup(this, name, {
      settings,
      workgroupClass,
      resultsBucket: storage.resultsBucket,
      dataKey: storage.dataKey,
      alarmTopic: storage.alarmTopic,
    });
    new CfnOutput(this, `${name}Workgroup`, {
      value: workgroup.resource.ref,
      description: `Athena workgroup of the class ${workgroupClass}`,
    });
    return workgroup;
  }

  private saveQueries({ settings, datasets, catalog }: QueryStackProps): void {
    const names = catalog.databaseNames;
    const save = (workgroupClass: WorkgroupClass, database: string, queries: readonly QueryText[]): void => {
      for (const query of queries) {
        const saved = new CfnNamedQuery(this, `Saved-${workgroupClass}-${query.name}`, {
          name: query.name,
          description: query.description,
          database,
          queryString: query.sql,
          workGroup: this.workgroups[workgroupClass].workgroupName,
        });
        saved.addResourceDependency(this.workgroups[workgroupClass].resource);
      }
    };
    if (settings.manyDatasets !== undefined) {
      save('analyst', names.curated, sharedAnalystQueries(datasets, names));
      save('engineer', names.raw, sharedEngineerQueries(datasets, names));
      save('engineer', names.operations, sharedOperationsQueries(names));
      return;
    }
    for (const dataset of datasets) {
      save('analyst', names.curated, analystQueries(dataset, names));
      save('engineer', names.raw, engineerQueries(dataset, names));
    }
    save('engineer', names.operations, operationsQueries(datasets, names));
  }
}
