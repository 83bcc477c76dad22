import { type Random, WeightedIndex } from '../generate/random';

/**
 * The made-up web shop whose visitors the generator follows. Hosts and addresses come from the ranges reserved for
 * documentation and benchmarks (RFC 2606, RFC 5737, RFC 2544), so that no line names a real visitor.
 */

export interface Visitor {
  readonly ip: string;
  readonly userAgent: string | null;
  readonly kind: 'person' | 'crawler' | 'scanner' | 'monitor';
  readonly protocol: string;
}

const TOPICS = ['tents', 'boots', 'ropes', 'stoves', 'packs', 'maps', 'lamps', 'jackets', 'skis', 'bikes'] as const;
const ARTICLES = ['choosing', 'repairing', 'packing', 'cleaning', 'storing', 'testing', 'renting', 'lending'] as const;

/** Pages in order of popularity; the product pages are the long tail. */
const PAGES: readonly string[] = [
  '/',
  '/search',
  '/cart',
  ...TOPICS.map((topic) => `/shop/${topic}`),
  '/about',
  '/account/login',
  ...TOPICS.flatMap((topic) => ARTICLES.map((article) => `/guides/${article}-${topic}`)),
  ...TOPICS.flatMap((topic) =>
    Array.from({ length: 180 }, (_, n) => `/shop/${topic}/${topic.slice(0, -1)}-${1000 + n}`),
  ),
];
const ASSETS = [
  '/static/site.css',
  '/static/app.js',
  '/static/logo.svg',
  '/favicon.ico',
  '/static/fonts/text.woff2',
] as const;
const PROBES = ['/wp-login.php', '/.env', '/xmlrpc.php', '/admin/config.php', '/.git/config', '/phpmyadmin/'] as const;

const REFERRERS = [
  'https://search.example/',
  'https://search.example/?q=camping',
  'https://news.example/outdoor',
  'https://forum.example.org/t/what-to-pack/4711',
  'https://mail.example.net/',
  'https://social.example.com/share',
] as const;

const BROWSERS: readonly string[] = browsers();
const CRAWLERS = [
  'Mozilla/5.0 (compatible; Searchbot/2.1; +http://search.example/bot.html)',
  'Mozilla/5.0 (compatible; Indexer/1.0; +https://index.example.org/about)',
  'FeedFetcher/3.2 (+https://news.example/feeds)',
] as const;
const SCANNERS = ['curl/8.5.0', 'python-requests/2.31.0', 'Go-http-client/1.1', 'masscan/1.3'] as const;

const PAGE_RANK = WeightedIndex.zipf(PAGES.length, 0.9);
const BROWSER_RANK = WeightedIndex.zipf(BROWSERS.length, 1.1);
const REFERRER_RANK = WeightedIndex.zipf(REFERRERS.length, 1);
const VISITOR_RANK = WeightedIndex.zipf(60_000, 0.6);

export const SITE = 'https://www.shop.example';

export function visitor(random: Random): Visitor {
  const dice = random.next();
  if (dice < 0.9) {
    // One person keeps one browser: both follow from the rank.
    const rank = VISITOR_RANK.draw(random);
    const browser = BROWSERS[(rank * 7 + BROWSER_RANK.draw(random)) % BROWSERS.length] ?? null;
    const ip = `198.${18 + (rank & 1)}.${(rank >> 9) & 255}.${(rank >> 1) & 255}`;
    return { ip, userAgent: browser, kind: 'person', protocol: rank % 5 === 0 ? 'HTTP/1.1' : 'HTTP/2.0' };
  }
  if (dice < 0.97) {
    const which = random.below(CRAWLERS.length);
    return {
      ip: `192.0.2.${10 + which * 8 + random.below(8)}`,
      userAgent: CRAWLERS[which] ?? null,
      kind: 'crawler',
      protocol: 'HTTP/1.1',
    };
  }
  if (dice < 0.985) {
    const userAgent = random.chance(0.2) ? null : (SCANNERS[random.below(SCANNERS.length)] ?? null);
    return { ip: `203.0.113.${random.below(256)}`, userAgent, kind: 'scanner', protocol: 'HTTP/1.1' };
  }
  return { ip: '192.0.2.250', userAgent: 'UptimeCheck/1.4', kind: 'monitor', protocol: 'HTTP/1.1' };
}

export const page = (random: Random): string => PAGES[PAGE_RANK.draw(random)] ?? '/';
export const asset = (random: Random): string => ASSETS[random.below(ASSETS.length)] ?? '/favicon.ico';
export const probe = (random: Random): string => PROBES[random.below(PROBES.length)] ?? '/.env';
/** Where a session came from; more than half of them typed the address or sent no referrer. */
export const entryReferrer = (random: Random): string | null =>
  random.chance(0.45) ? (REFERRERS[REFERRER_RANK.draw(random)] ?? null) : null;

function browsers(): string[] {
  const desktops = ['Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7', 'X11; Linux x86_64'];
  const list: string[] = [];
  for (let version = 126; version > 112; version -= 1) {
    for (const system of desktops) {
      list.push(`Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`);
      list.push(`Mozilla/5.0 (${system}; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`);
    }
    const mobile = `Mozilla/5.0 (iPhone; CPU iPhone OS 17_${version - 112} like Mac OS X) AppleWebKit/605.1.15`;
    list.push(`${mobile} (KHTML, like Gecko) Version/17.${version - 112} Mobile/15E148 Safari/604.1`);
    list.push(
      `Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Mobile Safari/537.36`,
    );
  }
  return list;
}
