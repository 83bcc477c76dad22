import { Random, WeightedIndex } from './web-logs/random';
import { asset, entryReferrer, page, probe, SITE, type Visitor, visitor } from './web-logs/web-site';

/** Rows that no reader can use: what collectors that crash or mix their streams leave behind. */
export const BROKEN_SHARE = 0.00005;
/** Rows that arrive twice, because a collector got no answer and sent its last lines again. */
export const DUPLICATE_SHARE = 0.004;

/** The first of the generated days, a Monday, and how many follow. Fixed, so that every run makes the same bytes. */
export const FIRST_DAY = Date.UTC(2026, 5, 15);
export const DAYS = 4;

const HOUR_MS = 3_600_000;
const HOURS = DAYS * 24;
/** Requests by hour of the day (UTC), relative: quiet nights, a lunch dip, an evening peak. */
const DIURNAL = [
  3, 2, 1.6, 1.4, 1.5, 2, 3, 4.5, 6, 7, 7.4, 7.2, 6.6, 6.8, 7.2, 7.4, 7.6, 8, 8.6, 9.2, 9.4, 8.4, 6.4, 4.4,
] as const;
/** Monday to Thursday, relative. */
const BY_DAY = [1, 1.08, 0.93, 1.14] as const;
/** Files an hour: flushes of each collector times collectors. The first pair that leaves enough rows in a file wins. */
const FILE_LAYOUTS = [
  { flushes: 4, collectors: 8 },
  { flushes: 4, collectors: 4 },
  { flushes: 2, collectors: 2 },
  { flushes: 1, collectors: 1 },
] as const;
const LEAST_ROWS_A_FILE = 100;

/** One small file as a log collector writes it: NDJSON, not yet compressed. */
export interface LogFile {
  /** Start of the time span that its rows lie in; it decides the partition. */
  readonly time: Date;
  /** Unique within the run. */
  readonly name: string;
  readonly lines: readonly string[];
  /** Of `lines`, how many are copies of a line in this or another file of the day. */
  readonly duplicates: number;
  /** Of `lines`, how many cannot be read or miss a required value. */
  readonly broken: number;
}

interface Event {
  readonly time: number;
  readonly line: string;
}

/**
 * Web logs of {@link DAYS} days as small files, hour by hour: memory is one hour's rows, whatever the total.
 *
 * @param rows Lines in all files together, duplicates and broken ones included.
 * @param seed Another seed gives other visitors. @default 1
 */
export function* generateLogs(rows: number, seed = 1): Generator<LogFile> {
  // The row count is part of the seed: two runs of different size on one lake share no events.
  const random = new Random(seed * 2_654_435_761 + rows);
  const weights = Array.from(
    { length: HOURS },
    (_, hour) => (DIURNAL[hour % 24] ?? 1) * (BY_DAY[Math.floor(hour / 24)] ?? 1),
  );
  let weightLeft = weights.reduce((sum, weight) => sum + weight, 0);
  let rowsLeft = rows;
  let carried: Event[] = [];
  const layout = FILE_LAYOUTS.find((l) => rows / (HOURS * l.flushes * l.collectors) >= LEAST_ROWS_A_FILE);
  const { flushes, collectors } = layout ?? { flushes: 1, collectors: 1 };

  for (let hour = 0; hour < HOURS; hour += 1) {
    const last = hour === HOURS - 1;
    const quota = last ? rowsLeft : Math.min(rowsLeft, random.round((rowsLeft * (weights[hour] ?? 0)) / weightLeft));
    weightLeft -= weights[hour] ?? 0;
    rowsLeft -= quota;
    // An hour with hardly any rows stays clean: there must be events to repeat.
    const spoils = quota < 20 ? 0 : quota;
    const duplicates = random.round(spoils * DUPLICATE_SHARE);
    const broken = random.round(spoils * BROKEN_SHARE);
    const start = FIRST_DAY + hour * HOUR_MS;
    const hours = visitHour(random, start, quota - duplicates - broken, carried);
    carried = hours.later;
    const files = spread(random, start, hours.events, { flushes, collectors });
    spoil(random, files, duplicates, broken);
    yield* files.filter((file) => file.lines.length > 0);
  }
}

/** Follows new visitors until the hour has its events; what they do after the hour is carried into the next. */
function visitHour(
  random: Random,
  start: number,
  quota: number,
  carried: Event[],
): { events: Event[]; later: Event[] } {
  const end = start + HOUR_MS;
  const events: Event[] = [];
  const later: Event[] = [];
  const place = (event: Event): void => {
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
function visit(random: Random, who: Visitor, start: number): Event[] {
  if (who.kind === 'monitor') {
    return [request(random, who, start, 'HEAD', '/health', 200, null)];
  }
  const events: Event[] = [];
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
): Event {
  const bodiless = method === 'HEAD' || code === 304;
  const size = random.logNormal(code === 200 ? 9_000 : 420, code === 200 ? 1 : 0.1);
  // Every text of the made-up site is free of characters that JSON escapes. Joined, not added: a flat string.
  const line = [
    '{"event_id":"',
    id(random),
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

/** 80 random bits: no collision to be expected in any size that the generator allows. */
function id(random: Random): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return hex(random.uint32(), 8) + hex(random.uint32(), 8) + hex(random.uint32() >>> 16, 4);
}

interface OpenFile extends LogFile {
  readonly lines: string[];
  duplicates: number;
  broken: number;
}

/** Deals an hour's events to collectors, each of which flushes a few times an hour. */
function spread(
  random: Random,
  start: number,
  events: readonly Event[],
  { flushes, collectors }: { flushes: number; collectors: number },
): OpenFile[] {
  const files: OpenFile[] = [];
  for (let flush = 0; flush < flushes; flush += 1) {
    const time = new Date(start + (flush * HOUR_MS) / flushes);
    const stamp = time.toISOString().replace(/[-:]/g, '').slice(0, 13);
    for (let collector = 0; collector < collectors; collector += 1) {
      const name = `web-${String(collector + 1).padStart(2, '0')}-${stamp}`;
      files.push({ time, name, lines: [], duplicates: 0, broken: 0 });
    }
  }
  for (const event of events) {
    const flush = Math.floor(((event.time - start) / HOUR_MS) * flushes);
    files[flush * collectors + random.below(collectors)]?.lines.push(event.line);
  }
  return files;
}

/** Adds the hour's repeated and broken lines where a collector would have left them. */
function spoil(random: Random, files: readonly OpenFile[], duplicates: number, broken: number): void {
  const written = files.filter((file) => file.lines.length > 0);
  const any = (): OpenFile => written[random.below(written.length)] as OpenFile;
  const clean = written.map((file) => file.lines.length);
  for (let n = 0; n < duplicates; n += 1) {
    const source = random.below(written.length);
    const line = written[source]?.lines[random.below(clean[source] ?? 0)];
    const target = any();
    target.lines.push(line ?? '');
    target.duplicates += 1;
  }
  for (let n = 0; n < broken; n += 1) {
    const target = any();
    target.lines.splice(random.below(target.lines.length + 1), 0, brokenLine(random, target.lines[0] ?? ''));
    target.broken += 1;
  }
}

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
