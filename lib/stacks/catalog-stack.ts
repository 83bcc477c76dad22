import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Database } from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import { CatalogTable, datasetTables } from '../constructs/catalog-table';
import { queryLogTable, rejectedLinesTable } from '../constructs/operations-tables';
import { RawCrawler } from '../constructs/raw-crawler';
import { hasIceberg } from '../dataset/iceberg';
import type { Dataset } from '../dataset/model';
import { pascalCase } from '../dataset/pascal-case';
import { databaseName, type StageSettings } from '../settings';
import { FIRST_STACK, stackOfDataset } from '../settings/many-datasets';
import type { StorageStack } from './storage-stack';

export type CatalogDatabaseNames = Readonly<Record<'curated' | 'raw' | 'discovered' | 'operations', string>>;

export interface CatalogStackProps extends StackProps {
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
  readonly storage: StorageStack;
}

/** Tables that the crawler may find beyond the declared datasets before the crawl fails. */
const UNDECLARED_TABLES = 20;

/**
 * The Glue databases, and the tables of all datasets that are not in a `DatasetsStack`. Everything is derived from the dataset
 * declarations, so nothing here needs to be kept.
 *
 * @example
 * ```ts
 * new CatalogStack(app, 'Catalog', { settings, datasets, storage });
 * ```
 */
export class CatalogStack extends Stack {
  /** Curated tables: what analysts query. Owned by code, with partition projection. */
  readonly curated: Database;
  /** Tables over the raw zone: what is not compacted yet. Owned by code, with partition projection. */
  readonly raw: Database;
  /** What the crawler finds in the raw zone. The only database that it can write to. */
  readonly discovered: Database;
  /** The lake's own tables: rejected lines, query log. */
  readonly operations: Database;
  /** The databases' names as plain text, so that saved queries need no cross-stack reference. */
  readonly databaseNames: CatalogDatabaseNames;

  constructor(scope: Construct, id: string, props: CatalogStackProps) {
    super(scope, id, { ...props, suppressTemplateIndentation: true }); // a third of a template with many columns
    const { settings, datasets, storage } = props;
    this.databaseNames = {
      curated: databaseName(settings, 'curated'),
      raw: databaseName(settings, 'raw'),
      discovered: databaseName(settings, 'discovered'),
      operations: databaseName(settings, 'operations'),
    };
    const database = (name: keyof CatalogDatabaseNames, description: string): Database => {
      const own = new Database(this, pascalCase(name), {
        databaseName: this.databaseNames[name],
        description,
        removalPolicy: RemovalPolicy.DESTROY,
      });
      new CfnOutput(this, `${own.node.id}Database`, { value: own.databaseName, description });
      return own;
    };
    this.curated = database('curated', 'Curated tables: deduplicated Parquet, pruned by partition');
    this.raw = database('raw', 'Raw tables: events that are not compacted yet');
    this.discovered = database('discovered', 'What the crawler finds in the raw zone, for comparison');
    this.operations = database('operations', 'Rejected lines and the log of queries');

    // Its tables are those of the publisher: CloudFormation would take their metadata_location away.
    if (hasIceberg(datasets)) {
      const iceberg = new Database(this, 'Iceberg', {
        databaseName: databaseName(settings, 'iceberg'),
        description: 'Curated tables as Iceberg tables, for engines that do not read manifests',
        removalPolicy: RemovalPolicy.DESTROY,
      });
      new CfnOutput(this, 'IcebergDatabase', {
        value: iceberg.databaseName,
        description: 'Iceberg tables over the same files as the curated tables',
      });
    }

    const databases = { curated: this.curated.databaseName, raw: this.raw.databaseName };
    for (const dataset of datasets.filter(({ name }) => stackOfDataset(settings, name) === FIRST_STACK)) {
      datasetTables(this, { dataset, databases, storage });
    }
    const { quarantineBucket, logsBucket } = storage;
    for (const definition of [
      rejectedLinesTable(datasets, quarantineBucket.bucketName),
      queryLogTable(datasets, logsBucket.bucketName),
    ]) {
      new CatalogTable(this, `Operations-${definition.name}`, {
        databaseName: this.operations.databaseName,
        definition,
      });
    }

    if (settings.crawler.mode !== 'off') {
      const { crawler } = new RawCrawler(this, 'RawCrawler', {
        settings,
        database: this.discovered,
        rawBucket: storage.rawBucket,
        dataKey: storage.dataKey,
        operationsKey: storage.operationsKey,
        tableThreshold: datasets.length + UNDECLARED_TABLES,
        events: storage.rawObjectEvents,
      });
      new CfnOutput(this, 'CrawlerName', { value: crawler.ref, description: 'Crawler of the raw zone' });
    }
  }
}
