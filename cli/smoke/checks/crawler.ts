import {
  type Crawler,
  DeleteTableCommand,
  GetCrawlerCommand,
  GetTableCommand,
  StartCrawlerCommand,
  type Table,
} from '@aws-sdk/client-glue';
import { type Dataset, rawPrefix } from '../../../lib/dataset';
import { CRAWL_MINIMUM_HOURS, PRICES } from '../../../lib/prices';
import { databaseName } from '../../../lib/settings';
import { ifFound } from '../../preflight/aws/errors';
import { Skipped, type SmokeCheck } from '../check';
import type { SmokeContext } from '../context';
import { putWaiting } from '../rows';

/** A crawl of a few folders takes two minutes; one that is at work may take longer. */
const CRAWL_SECONDS = 900;
/** Data processing units of a crawler: https://aws.amazon.com/glue/pricing/ */
const UNITS = 2;

/**
 * The crawler runs with its role and its security configuration, reports an object that waits, and changes no table that is
 * declared. In mode `event` it hears of the object by its queue. Costs ten minutes of two units.
 */
export const crawler: SmokeCheck = {
  id: 'crawler',
  proves: 'the crawler runs in the mode of the stage, reports what waits, and changes no declared table',
  answers: ({ crawler: { mode } }) => ({
    'AWS::Glue::Crawler': ['that it runs and what it finds', ...(mode === 'event' ? ['that events reach it'] : [])],
    'AWS::Glue::SecurityConfiguration': ['that a crawler runs with it'],
  }),
  permissions: ['glue:GetCrawler', 'glue:StartCrawler', 'glue:GetTable', 'glue:DeleteTable', 's3:PutObject'],
  notEmulated: 'the emulator crawls nothing',
  dollars: ({ crawler: { mode } }) => (mode === 'off' ? 0 : CRAWL_MINIMUM_HOURS * UNITS * PRICES.crawlerDpuHour.usd),
  async run(context) {
    const { settings, reserved, clients, until, resources, lake } = context;
    const { mode } = settings.crawler;
    if (mode === 'off') throw new Skipped('the stage has no crawler');
    const Name = (await resources('catalog')).find(({ type }) => type === 'AWS::Glue::Crawler')?.id;
    const [place] = reserved.waiting;
    if (Name === undefined || place === undefined) throw new Error('there is no crawler, or no dataset for it to find');
    const look = async (): Promise<Crawler> => (await clients.glue.send(new GetCrawlerCommand({ Name }))).Crawler ?? {};
    const ready = (): Promise<Crawler> =>
      until(`end of the crawl of ${Name}`, CRAWL_SECONDS, async () => {
        const found = await look();
        return found.State === 'READY' ? found : undefined;
      });

    const { RecrawlPolicy } = await ready();
    const behavior = mode === 'event' ? 'CRAWL_EVENT_MODE' : 'CRAWL_NEW_FOLDERS_ONLY';
    if (RecrawlPolicy?.RecrawlBehavior !== behavior) {
      throw new Error(`${Name} has the behavior ${RecrawlPolicy?.RecrawlBehavior} instead of ${behavior}`);
    }
    const declared = await declaredTables(context, place.dataset);
    const wasKnown = (await discovered(context, place.dataset)) !== undefined;
    await putWaiting(context, place);
    const asked = lake.now();
    await clients.glue.send(new StartCrawlerCommand({ Name }));
    const { LastCrawl } = await until(`crawl of ${Name}`, CRAWL_SECONDS, async () => {
      const found = await look();
      const began = found.LastCrawl?.StartTime?.getTime() ?? 0;
      // Glue's clock and ours differ by a little.
      return found.State === 'READY' && began > asked.getTime() - 60_000 ? found : undefined;
    });
    if (LastCrawl?.Status !== 'SUCCEEDED') {
      throw new Error(`the crawl ended as ${LastCrawl?.Status}: ${LastCrawl?.ErrorMessage}`);
    }
    if (JSON.stringify(await declaredTables(context, place.dataset)) !== JSON.stringify(declared)) {
      throw new Error(`it changed a table of ${place.dataset.name} that is declared`);
    }
    const found = await discovered(context, place.dataset);
    if (found !== undefined && !wasKnown) await forget(context, found);
    const waits = await isWaiting(context, rawPrefix(place.dataset.name, place.partition));
    if (found === undefined && waits)
      throw new Error(`it did not report ${place.dataset.name}, of which an object waits`);
    return `${Name} in mode ${mode} ${found === undefined ? 'ran; the object was compacted meanwhile' : `reported ${found.Name}`}`;
  },
};

const tableOf = async ({ clients }: SmokeContext, DatabaseName: string, Name: string): Promise<Table | undefined> =>
  (await ifFound(clients.glue.send(new GetTableCommand({ DatabaseName, Name }))))?.Table;

/** What an update by a crawler would change. */
const declaredTables = async (context: SmokeContext, { name }: Dataset) =>
  await Promise.all(
    ['raw', 'curated'].map(async (zone) => {
      const table = await tableOf(context, databaseName(context.settings, zone), name);
      return [table?.VersionId, table?.UpdateTime, table?.Parameters, table?.StorageDescriptor];
    }),
  );

const discovered = (context: SmokeContext, { name }: Dataset): Promise<Table | undefined> =>
  tableOf(context, databaseName(context.settings, 'discovered'), name);

const forget = async ({ clients }: SmokeContext, { DatabaseName, Name }: Table): Promise<void> => {
  await clients.glue.send(new DeleteTableCommand({ DatabaseName, Name }));
};

async function isWaiting({ lake }: SmokeContext, prefix: string): Promise<boolean> {
  for await (const _ of lake.store.list(lake.buckets.raw, prefix)) return true;
  return false;
}
