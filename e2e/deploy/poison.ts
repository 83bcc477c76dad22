import { gzipSync } from 'node:zlib';
import { rawPrefix, rejectedObjectsPrefix } from '../../lib/dataset';
import { ndjsonText } from '../data/encode';
import { randomRows } from '../data/random-rows';
import { followAlarm, subscribeQueue } from './alarm';
import { type Scenario, same } from './scenario';

const DATASET = 'access_logs';
const PARTITION = 'year=2026/month=08/day=07';

/** What no reader can read, and what does not fit, ends where an operator finds it; and the operator hears of it. */
export async function poisonScenarios(scenario: Scenario): Promise<void> {
  const { report, files } = scenario;
  report.section('Files and lines that nobody can read');
  const dataset = files.dataset(DATASET);
  const rows = randomRows(dataset, PARTITION, 25, 7001);
  const text = ndjsonText(dataset, rows);
  const torn = gzipSync(text).subarray(0, 40); // as an upload that somebody broke off
  const crooked = '{"event_id": 17, "event_time": "yesterday"}';
  await report.check(
    'a torn file and a crooked line end in quarantine, the rest of the partition is compacted',
    async () => {
      await files.putRaw(dataset, PARTITION, { name: 'good.json', body: Buffer.from(text) });
      await files.putRaw(dataset, PARTITION, { name: 'torn.json.gz', body: torn });
      await files.putRaw(dataset, PARTITION, { name: 'crooked.json', body: Buffer.from(`${crooked}\n`) });
      scenario.expect(dataset, PARTITION, rows);
      await scenario.compact();
      same(await files.list('raw', rawPrefix(DATASET, PARTITION)), [], 'objects left in the inbox');
      const objects = await files.list('quarantine', rejectedObjectsPrefix(DATASET, PARTITION));
      same(
        objects.map(({ key }) => key.slice(key.lastIndexOf('/') + 1)),
        ['torn.json.gz'],
        'rejected objects',
      );
      const kept = await files.get('quarantine', objects[0]?.key ?? '');
      if (!kept.equals(torn)) throw new Error('the rejected object is not what was delivered, byte for byte');
      const lines = await files.rejectedLines(dataset, PARTITION);
      const [line] = lines.filter(({ raw }) => raw !== null);
      same([lines.length, line?.raw, line?.line], [2, crooked, 1], 'rejected lines');
      await scenario.compareEverything();
      return `for example: ${line?.reason}`;
    },
  );
  await report.check(
    'the metrics that it logs raise the alarms of its dataset, and their topic tells a subscriber',
    async () =>
      await followAlarm(scenario.lake, await subscribeQueue(scenario.lake), {
        ...{ dataset: DATASET, alarm: 'objects-quarantined', by: 'Compactor', metric: 'ObjectsQuarantined', value: 1 },
      }),
  );
}
