import { readFile } from 'node:fs/promises';
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Skipped } from '../../cli/smoke/check';
import type { SmokeContext } from '../../cli/smoke/context';
import { addPlace } from '../../cli/smoke/journal';
import { idColumn } from '../../cli/smoke/own-rows';
import { isFree } from '../../cli/smoke/reserve';
import { type Dataset, leadingValueProblem, type PartitionValues, partitionForTime } from '../../lib/dataset';
import { supersedes } from '../../lib/dataset/dedupe';
import { takesEvents } from '../../lib/dataset/events';
import { pascalCase } from '../../lib/dataset/pascal-case';
import type { IngestSettings, OwnIssuer } from '../infra/settings';

/** Where the smoke test sends events, and to which partition they go. */
export interface Front {
  /** Such as `https://ingest.example.com`. */
  readonly url: string;
  /** Asked before each request: a tier may give tokens of five minutes. */
  token(): Promise<string>;
  readonly dataset: Dataset;
  /** Nothing lay there when the smoke test began. */
  readonly partition: string;
  readonly leading: PartitionValues;
  /** Event time of what is sent, epoch milliseconds. */
  readonly time: number;
  /** Column of the ids, and what those of the smoke test begin with. */
  readonly id: string;
  readonly mark: string;
}

/** What it takes to send events. */
export const FRONT_PERMISSIONS = ['cognito-idp:DescribeUserPoolClient', 's3:PutObject', 's3:ListBucket'];

/** An event is refused that lies in the future, and clocks differ. */
const AGE_MILLIS = 60_000;

const fronts = new WeakMap<SmokeContext, Promise<Front>>();

/** The one front of a smoke test. @throws Skipped when the stage has none, or no partition of now is free */
export function frontOf(context: SmokeContext): Promise<Front> {
  const front = fronts.get(context) ?? openFront(context);
  fronts.set(context, front);
  return front;
}

export function ingestOf({ settings }: SmokeContext): IngestSettings {
  if (settings.ingest === undefined) throw new Skipped('the stage has no ingest tier');
  return settings.ingest;
}

async function openFront(context: SmokeContext): Promise<Front> {
  const ingest = ingestOf(context);
  const url = await urlOf(context);
  const time = context.began.getTime() - AGE_MILLIS;
  const { dataset, partition, leading, id } = await freePlace(context, ingest, time);
  const mark = `smoke-${context.reserved.journal.id}-`;
  const token = tokensOf(context, ingest, dataset.name);
  await token();
  await addPlace(context.lake, context.reserved.journal, { dataset: dataset.name, partition, mark });
  return { url, token, dataset, partition, leading, time, id, mark };
}

async function urlOf({ given, output }: SmokeContext): Promise<string> {
  const text = given.ingestUrl ?? (await output('ingest', 'Url'));
  if (text === undefined) {
    throw new Error(
      'the stage gives its load balancer no name: add --ingest-url https://NAME, the name of the certificate',
    );
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOwnMachine = url?.hostname === '127.0.0.1' || url?.hostname === 'localhost';
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isOwnMachine)) return url.origin;
  throw new Error(`--ingest-url must be an address such as https://ingest.example.com, but is "${text}"`);
}

/** Datasets that the token may be for, the one of the command line first. */
function candidates({ given, lake, reserved }: SmokeContext, { issuer }: IngestSettings): readonly Dataset[] {
  const allowed = issuer.kind === 'own' ? new Set(issuer.producers.flatMap(({ datasets }) => datasets)) : undefined;
  // Snapshots of Iceberg tables would go on listing what is deleted at the end, rows that replace others are no new rows, and
  // a new event would hide that a dataset is stale.
  const usable = lake.datasets.filter(
    (dataset) =>
      takesEvents(dataset) &&
      !supersedes(dataset) &&
      dataset.iceberg === undefined &&
      dataset.freshness === undefined &&
      idColumn(dataset) !== undefined &&
      allowed?.has(dataset.name) !== false,
  );
  if (given.dataset !== undefined) return usable.filter(({ name }) => name === given.dataset);
  return [...usable].sort((a, b) => Number(b === reserved.dataset) - Number(a === reserved.dataset));
}

async function freePlace(context: SmokeContext, ingest: IngestSettings, time: number) {
  const usable = candidates(context, ingest);
  for (const dataset of usable) {
    const id = idColumn(dataset) ?? '';
    for (const leading of leadingValues(dataset)) {
      const partition = partitionForTime(dataset, new Date(time), leading);
      if (await isFree(context.lake, dataset.name, partition)) return { dataset, partition, leading, id };
    }
  }
  if (usable.length === 0) {
    throw new Skipped(
      'no dataset of the producers can be used: it must take events, have a text in its dedupeKey, and neither replace rows nor have iceberg or freshness',
    );
  }
  throw new Skipped(
    `the partition of now of ${usable.map(({ name }) => name).join(', ')} holds rows already, and the smoke test leaves ` +
      'rows of others alone: repeat it before producers write, such as just after midnight UTC, or in a stage without producers',
  );
}

/** Values for every leading key: each that is declared, or one of which nobody has rows. */
function leadingValues({ partition: { leading } }: Dataset): readonly PartitionValues[] {
  let all: PartitionValues[] = [{}];
  for (const key of leading) {
    const values = key.kind === 'enum' ? key.values : ['smoke'];
    const taken = values.filter((value) => leadingValueProblem(key, value) === undefined);
    all = all.flatMap((others) => taken.map((value) => ({ ...others, [key.name]: value })));
  }
  return all;
}

function tokensOf(context: SmokeContext, { issuer }: IngestSettings, dataset: string): () => Promise<string> {
  const file = context.given.ingestTokenFile;
  if (file !== undefined) return async () => (await readFile(file, 'utf8')).trim();
  if (issuer.kind === 'own') {
    let [token, until] = ['', 0];
    return async () => {
      if (Date.now() < until) return token;
      token = await ownToken(context, issuer, dataset);
      until = Date.now() + issuer.tokenMinutes * 30_000; // half of its time
      return token;
    };
  }
  throw new Error(
    `tokens come from ${issuer.issuer}: write one for ${dataset} to a file, and add --ingest-token-file FILE`,
  );
}

/** As a producer gets it. The secret and the token stay in this process. */
async function ownToken({ client, output }: SmokeContext, { producers }: OwnIssuer, dataset: string): Promise<string> {
  const producer = producers.find(({ datasets }) => datasets.includes(dataset))?.producer ?? '';
  const UserPoolId = await output('issuer', 'UserPoolId');
  const ClientId = await output('issuer', `ClientIdOf${pascalCase(producer)}`);
  const endpoint = (await output('issuer', 'TokenEndpoint')) ?? '';
  const { UserPoolClient } = await client(CognitoIdentityProviderClient).send(
    new DescribeUserPoolClientCommand({ UserPoolId, ClientId }),
  );
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${ClientId}:${UserPoolClient?.ClientSecret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    signal: AbortSignal.timeout(30_000),
  });
  const { access_token: token } = (await answer.json().catch(() => ({}))) as { readonly access_token?: unknown };
  if (typeof token !== 'string') throw new Error(`${endpoint} answers ${answer.status} to the client of ${producer}`);
  return token;
}
