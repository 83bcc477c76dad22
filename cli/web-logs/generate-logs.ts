import { HOUR_MS } from '../../lib/dataset';
import {
  DAYS,
  FIRST_DAY,
  type GeneratedEvent,
  type GeneratedFile,
  hourly,
  layoutOf,
  spoil,
  spread,
} from '../generate/files';
import { Random, WeightedIndex } from '../generate/random';
import { asset, entryReferrer, page, probe, SITE, type Visitor, visitor } from './web-site';

/**
 * Web logs of {@link DAYS} days as small files, hour by hour: memory is one hour's rows, whatever the total.
 *
 * @param rows Lines in all files together, duplicates and broken ones included.
 * @param seed Another seed gives other visitors. @default 1
 */
export function* generateLogs(rows: number, seed = 1): Generator<GeneratedFile> {
  // The row count is part of the seed: two runs of different size on one lake share no events.
  const random = new Random(seed * 2_654_435_761 + rows);
  const layout = layoutOf(rows, 24 * DAYS);
  let carried: GeneratedEvent[] = [];
  for (const portion of hourly(random, rows, FIRST_DAY, DAYS)) {
    const hours = visitHour(random, portion.start, portion.clean, carried);
    carried = hours.later;
    const files = spread(random, portion.start, hours.events, layout, 'web');
    spoil(random, files, portion, brokenLine);
    yield* files.filter((file) => file.lines.length > 0);
  }
}

/** Follows new visitors until the hour has its events; what they do after the hour is carried into the next. */
function visitHour(
  random: Random,
  start: number,
  quota: number,
  carried: GeneratedEvent[],
): { events: GeneratedEvent[]; later: GeneratedEvent[] } {
  const end = start + HOUR_MS;
  const events: GeneratedEvent[] = [];
  const later: GeneratedEvent[] = [];
  const place = (event: GeneratedEvent): void => {
    if (event.time >= end) {
      later.push(event);
    } else if (events.length < quota) {
      events.push(event);
    }
  };
  carried.forEach(place);
  while (events.length < quota) {
    visit(random, visitor(random), start + random.below(HOUR_MS)).forEach(place);
  }
  return { events: events.sort((a, b) => a.time - b.time), later };
}

/** The requests of one session. */
function visit(random: Random, who: Visitor, start: number): GeneratedEvent[] {
  if (who.kind === 'monitor') {
    return [request(random, who, start, 'HEAD', '/health', 200, null)];
  }
  const events: GeneratedEvent[] = [];
  const pages = 1 + Math.floor(random.exponential(who.kind === 'person' ? 3 : 9));
  let time = start;
  let referrer = who.kind === 'person' ? entryReferrer(random) : null;
  for (let n = 0; n < pages; n += 1) {
    const path =
      who.kind === 'scanner' ? probe(random) : n === 0 && who.kind === 'crawler' ? '/robots.txt' : page(random);
    const posts = path === '/account/login' || path === '/cart';
    const method = who.kind === 'person' && posts && random.chance(0.5) ? 'POST' : 'GET';
    events.push(request(random, who, time, method, path, status(random, who, path, method), referrer));
    if (who.kind === 'person') {
      for (let assets = n === 0 ? random.below(4) : 0; assets > 0; assets -= 1) {
        const code = random.chance(0.6) ? 304 : 200;
        events.push(request(random, who, time + 20 + random.below(900), 'GET', asset(random), code, SITE + path));
      }
      referrer = SITE + path;
    }
    time += 300 + random.exponential(who.kind === 'person' ? 25_000 : 1_500);
  }
  return events;
}

function status(random: Random, who: Visitor, path: string, method: string): number {
  if (who.kind === 'scanner') {
    return random.chance(0.8) ? 404 : 403;
  }
  if (method === 'POST') {
    return random.chance(0.9) ? 302 : 401;
  }
  return STATUSES[(path.length > 20 ? DEEP_STATUS : PAGE_STATUS).draw(random)] ?? 200;
}

const STATUSES = [200, 304, 301, 404, 500, 503] as const;
const PAGE_STATUS = new WeightedIndex([940, 30, 15, 8, 5, 2]);
const DEEP_STATUS = new WeightedIndex([900, 40, 20, 34, 5, 1]);

function request(
  random: Random,
  who: Visitor,
  time: number,
  method: string,
  path: string,
  code: number,
  referrer: string | null,
): GeneratedEvent {
  const bodiless = method === 'HEAD' || code === 304;
  const size = random.logNormal(code === 200 ? 9_000 : 420, code === 200 ? 1 : 0.1);
  // Every text of the made-up site is free of characters that JSON escapes. Joined, not added: a flat string.
  const line = [
    '{"event_id":"',
    random.id(),
    '","event_time":"',
    new Date(time).toISOString(),
    '","client_ip":"',
    who.ip,
    '","method":"',
    method,
    '","path":"',
    path,
    '","protocol":"',
    who.protocol,
    '","status":',
    code,
    ',"bytes":',
    bodiless ? 'null' : Math.round(size),
    ',"referrer":',
    quoted(referrer),
    ',"user_agent":',
    quoted(who.userAgent),
    '}',
  ].join('');
  return { time, line };
}

const quoted = (text: string | null): string => (text === null ? 'null' : `"${text}"`);

function brokenLine(random: Random, line: string): string {
  switch (random.below(4)) {
    case 0:
      return line.slice(0, Math.floor(line.length * (0.3 + 0.5 * random.next())));
    case 1:
      return line.replace(/"status":\d+/, '"status":"upstream"');
    case 2:
      return line.replace(/"event_time":"[^"]*"/, '"event_time":null');
    default:
      return 'nginx: [warn] 768 worker_connections are not enough';
  }
}
