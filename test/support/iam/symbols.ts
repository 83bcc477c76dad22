import { databaseName, resourceName, type StageSettings } from '../../../lib/settings';

/** Finds what a stack has created: the only thing that differs between templates and a deployment. */
export interface Deployed {
  readonly settings: StageSettings;
  readonly account: string;
  readonly region: string;
  /** ARN of the resource of this type whose logical id begins so, in the stack of this name. */
  arnOf(stack: string, type: string, idPrefix: string): string;
}

/** What a cell of the access matrix names: an ARN and what the request says beside it. */
export interface Target {
  readonly arn: string;
  readonly context: Readonly<Record<string, string>>;
}

const ZONES: Readonly<Record<string, string>> = {
  raw: 'Raw',
  curated: 'Curated',
  quarantine: 'Quarantine',
  results: 'Results',
  logs: 'Logs',
};

/**
 * Reads a target as the matrix writes it: `raw` is a bucket, `raw/orders/a.json` an object of it and `raw?prefix=raw/` a
 * listing; `workgroup:analyst`, `table:curated/orders` and so on are what they say; `… via s3` is a use of a key through that
 * service and `… for scheduler` a role that is handed to one.
 */
export function target(text: string, deployed: Deployed): Target {
  const [what = '', relation, service] = text.split(' ');
  const context: Record<string, string> =
    relation === 'via'
      ? { 'kms:ViaService': `${service}.${deployed.region}.amazonaws.com` }
      : relation === 'for'
        ? { 'iam:PassedToService': `${service}.amazonaws.com` }
        : {};
  const [path = '', prefix] = what.split('?prefix=');
  return { arn: arn(path, deployed), context: prefix === undefined ? context : { ...context, 's3:prefix': prefix } };
}

function arn(text: string, deployed: Deployed): string {
  if (text === '*') return '*';
  const [kind = '', name = ''] = text.split(/:(.*)/s);
  const named = KINDS[kind];
  if (named !== undefined) return named(name, deployed);
  const [zone = '', key] = text.split(/\/(.*)/s);
  const id = ZONES[zone];
  if (id === undefined) throw new Error(`The access matrix names '${text}', which nothing in this file explains`);
  const bucket = deployed.arnOf('storage', 'AWS::S3::Bucket', id);
  return key === undefined ? bucket : `${bucket}/${key}`;
}

type Kind = (name: string, deployed: Deployed) => string;

const regional =
  (service: string, resource: (name: string, settings: StageSettings) => string): Kind =>
  (name, { settings, region, account }) =>
    `arn:aws:${service}:${region}:${account}:${resource(name, settings)}`;

/** `<stack>/<logical id>` of a resource whose name CloudFormation chooses. */
const created =
  (type: string): Kind =>
  (name, deployed) => {
    const [stack = '', id = ''] = name.split('/');
    return deployed.arnOf(stack, type, id);
  };

const KINDS: Readonly<Record<string, Kind>> = {
  key: (name, deployed) =>
    deployed.arnOf('storage', 'AWS::KMS::Key', { data: 'DataKey', operations: 'OperationsKey' }[name] ?? name),
  topic: created('AWS::SNS::Topic'),
  queue: created('AWS::SQS::Queue'),
  function: created('AWS::Lambda::Function'),
  role: created('AWS::IAM::Role'),
  policy: created('AWS::IAM::ManagedPolicy'),
  'log-group': created('AWS::Logs::LogGroup'),
  machine: regional('states', (name, settings) => `stateMachine:${resourceName(settings, name)}`),
  execution: regional('states', (name, settings) => `execution:${resourceName(settings, name)}:5f2c`),
  task: regional('states', (name, settings) => `execution:${resourceName(settings, name)}/Tasks:5f2c`),
  'map-run': regional('states', (name, settings) => `mapRun:${resourceName(settings, name)}/Tasks:5f2c`),
  schedule: regional('scheduler', (name, settings) => `schedule/${resourceName(settings, 'compaction')}/${name}`),
  crawler: regional('glue', (name, settings) => `crawler/${resourceName(settings, name)}`),
  catalog: regional('glue', () => 'catalog'),
  database: regional('glue', (name, settings) => `database/${glueName(name, settings)}`),
  table: regional('glue', (name, settings) => {
    const [database = '', table = ''] = name.split('/');
    return `table/${glueName(database, settings)}/${table}`;
  }),
  workgroup: regional(
    'athena',
    (name, settings) => `workgroup/${name === 'primary' ? name : resourceName(settings, name)}`,
  ),
  'data-catalog': regional('athena', (name) => `datacatalog/${name}`),
  stack: regional('cloudformation', (name, settings) => `stack/${resourceName(settings, name)}/5f2c`),
  alarm: regional('cloudwatch', (name, settings) => `alarm:${resourceName(settings, name)}`),
};

/** `default` is Athena's own database; the others belong to the stage. */
const glueName = (name: string, settings: StageSettings): string =>
  name === 'default' ? name : databaseName(settings, name);
