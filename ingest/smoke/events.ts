import { gzipSync } from 'node:zlib';
import type { SmokeCheck } from '../../cli/smoke/check';
import { runDollars } from '../../cli/smoke/checks/compaction';
import { FRONT_PERMISSIONS, frontOf } from './front';
import { type Event, eventsPath, expectStored, headersOf, makeEvents, send, textOf, untilCommitted } from './send';

const BATCH = 100;

/** Events in every form of a request are acknowledged, and rows of the curated table. Costs one run. */
export const ingestEvents: SmokeCheck = {
  id: 'ingest-events',
  proves: 'events that are acknowledged, alone, as an array and as compressed lines, are rows of the curated zone',
  answers: {
    'AWS::IAM::InstanceProfile': ['credentials on an instance'],
    'AWS::EC2::VPCEndpoint': ['that its policy lets every call of an instance through'],
    'AWS::ElasticLoadBalancingV2::Listener': ['handshakes of clients'],
  },
  asked: 'ingest',
  needs: ['ingest-targets'],
  permissions: [...FRONT_PERMISSIONS, 'states:StartExecution', 'states:DescribeExecution'],
  notEmulated: 'the emulator starts no instance',
  dollars: runDollars,
  async run(context) {
    const front = await frontOf(context);
    const text = (events: readonly Event[], separator: string): string =>
      events.map((event) => textOf(front, event)).join(separator);
    const [one, array, lines] = [makeEvents(front, 1), makeEvents(front, BATCH), makeEvents(front, BATCH)];
    const bodies = [
      ['one event', one, 'application/json', Buffer.from(text(one, '')), {}],
      ['an array', array, 'application/json', Buffer.from(`[${text(array, ',')}]`), {}],
      ['lines', lines, 'application/x-ndjson', gzipSync(text(lines, '\n')), { 'content-encoding': 'gzip' }],
    ] as const;
    const ids: string[] = [];
    for (const [what, events, type, body, more] of bodies) {
      const answer = await send(context, eventsPath(front), { ...(await headersOf(front, type)), ...more }, body);
      expectStored(answer, events.length, what);
      ids.push(...events.map((event) => String(event[front.id])));
    }
    await untilCommitted(context, ids);
    return `${ids.length} events in ${front.dataset.name}/${front.partition}`;
  },
};
