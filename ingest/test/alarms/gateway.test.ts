/** What makes each alarm of the gateway ring, with a gateway that has the settings of the stage where they matter. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takesEvents } from '../../../lib/dataset';
import { leadingOf, row } from '../../../test/alarms/rows';
import { explainedIn, propertiesOf, ringing, type ShippedStage, shippedStages } from '../../../test/alarms/stages';
import { datasets } from '../../../test/fixtures/datasets';
import { type Datum, embeddedMetrics, sectionOf } from '../../../test/support/alarms';
import { folder, logEvent, type Rig, type RigOptions, startRig } from '../gateway/support/rig';
import { createIssuer } from '../gateway/support/tokens';

const MIB = 1024 * 1024;

afterEach(() => jest.restoreAllMocks());

const taking = datasets.filter(takesEvents);
const issuer = createIssuer();
const withGateway = shippedStages.filter(({ alarms }) =>
  alarms.some(({ Namespace }) => Namespace?.startsWith('DataLake/Ingest/')),
);

/** A variable that the launch template gives the gateway. */
function variable(stage: ShippedStage, name: string): string {
  const text = JSON.stringify(propertiesOf(stage, 'AWS::EC2::LaunchTemplate'));
  const [, value] = new RegExp(`\\\\n${name}=(.+?)\\\\n`).exec(text) ?? [];
  if (value === undefined) throw new Error(`the launch template has no ${name}`);
  return value;
}

/** What a gateway of the stage had measured when it ended. */
async function measured(
  stage: ShippedStage,
  work: (rig: Rig) => Promise<unknown>,
  { settings = {}, ...options }: RigOptions = {},
): Promise<readonly Datum[]> {
  const rig = await startRig({
    ...options,
    issuer: await issuer,
    settings: {
      INGEST_METRICS_NAMESPACE: variable(stage, 'INGEST_METRICS_NAMESPACE'),
      INGEST_EMF_SECONDS: '3600', // and at the end
      ...settings,
    },
  });
  await work(rig);
  await rig.gateway.stop();
  return embeddedMetrics(rig.rawLogs.join(''));
}

/** One event of each dataset. @returns the statuses of the answers */
async function postEach(rig: Rig): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const dataset of taking) {
    statuses.push((await rig.post(row(dataset, leadingOf(dataset)), { dataset: dataset.name })).status);
  }
  return statuses;
}

/** An hour after the keys were loaded, a token comes whose key is not known, so that they are loaded again. */
async function anHourLater(stage: ShippedStage, isIssuerGone: boolean): Promise<readonly Datum[]> {
  const file = join(folder(), 'keys.json');
  writeFileSync(file, (await issuer).jwks);
  const settings = { INGEST_JWKS: file };
  return await measured(
    stage,
    async (rig) => {
      if (isIssuerGone) rmSync(file);
      const now = performance.now.bind(performance);
      jest.spyOn(performance, 'now').mockImplementation(() => now() + 3_600_000);
      const token = await rig.issuer.token({}, { kid: 'another' });
      expect((await rig.post([logEvent()], { token })).status).toBe(isIssuerGone ? 503 : 401);
    },
    { settings },
  );
}

const CAUSES: Readonly<Record<string, (stage: ShippedStage) => Promise<readonly Datum[]>>> = {
  'events-failed': (stage) =>
    measured(stage, async (rig) => expect(new Set(await postEach(rig))).toEqual(new Set([503])), {
      onRequest: ({ operation }) => (operation === 'PutObject' ? { status: 403, code: 'AccessDenied' } : undefined),
    }),
  'keys-stale': (stage) => anHourLater(stage, true),
  'store-down': (stage) =>
    measured(
      stage,
      async (rig) => {
        for (let round = 0; round < 3; round += 1) await postEach(rig);
      },
      { settings: { INGEST_REDIS_URL: 'redis://127.0.0.1:1' } },
    ),
  // S3 is slow, and more waits for it than the process may hold.
  async shedding(stage) {
    let store = (): void => {};
    const isStored = new Promise<void>((resolve) => {
      store = resolve;
    });
    const crowd = async (rig: Rig): Promise<void> => {
      const posts = Array.from({ length: 16 }, async (_, n) => {
        const token = await rig.issuer.token({ sub: `producer-${n}` });
        return (await rig.post([logEvent({ path: '/'.repeat(100_000) })], { token })).status;
      });
      const isRefused = async (post: Promise<number>): Promise<void> => expect(await post).toBe(503);
      await Promise.any(posts.map(isRefused));
      store();
      expect(await Promise.all(posts)).toContain(200);
    };
    return await measured(stage, crowd, {
      sink: { put: () => isStored },
      settings: {
        INGEST_MAX_BUFFERED_BYTES: String(MIB),
        INGEST_MAX_INFLATED_BYTES: String(MIB),
        INGEST_MAX_BODY_BYTES: String(MIB),
      },
    });
  },
};

describe.each(withGateway.map((stage) => [stage.name, stage] as const))('the stage %s', (_, stage) => {
  test('every alarm that reads what the gateway measures has a cause here', () => {
    const own = stage.alarms.filter(({ Namespace }) => Namespace?.startsWith('DataLake/Ingest/') === true);
    expect([...new Set(own.map(sectionOf))].sort()).toEqual(Object.keys(CAUSES).sort());
  });

  test.each(Object.entries(CAUSES))('%s rings, and no other alarm does', async (section, cause) => {
    expect(ringing(stage, [await cause(stage)])).toEqual(explainedIn(stage, section));
  });

  test('a gateway that stores what it gets rings nothing, nor does one whose keys were loaded again', async () => {
    const stored = await measured(stage, async (rig) => expect(new Set(await postEach(rig))).toEqual(new Set([200])));
    expect(ringing(stage, [stored])).toEqual([]);
    expect(ringing(stage, [await anHourLater(stage, false)])).toEqual([]);
  });
});
