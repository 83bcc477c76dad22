import type { Outcome, Sample } from './run';
import type { NamedScenario } from './scenarios';

interface Line {
  readonly name: string;
  readonly color: string;
  readonly value: (sample: Sample) => number;
  readonly dash?: string;
}

interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Top of the axis. @default above the highest value */
  readonly top?: number;
  readonly format: (value: number) => string;
}

const WIDTH = 860;
const LEFT = 64;
const RIGHT = 170;
const PANEL = 130;
const GAP = 52;
const HEAD = 46;

const thousands = (value: number): string => (value >= 1_000 ? `${Math.round(value / 1_000)}k` : String(value));

const PANELS: readonly Panel[] = [
  {
    title: 'Events a second',
    format: thousands,
    lines: [
      { name: 'sent, with repeats', color: '#9aa5b1', value: ({ offered }) => offered },
      { name: 'answered 503', color: '#d1495b', value: ({ shed }) => shed },
      { name: 'acknowledged', color: '#1b6ca8', value: ({ acknowledged }) => acknowledged },
    ],
  },
  {
    title: 'Nodes',
    top: 12,
    format: String,
    lines: [
      { name: 'desired', color: '#9aa5b1', value: ({ desired }) => desired, dash: '4 3' },
      { name: 'taking requests', color: '#1b6ca8', value: ({ nodes }) => nodes },
    ],
  },
  {
    title: 'CPU, percent; the target is 65',
    top: 100,
    format: String,
    lines: [
      { name: 'target', color: '#9aa5b1', value: () => 65, dash: '4 3' },
      { name: 'average', color: '#1b6ca8', value: ({ cpu }) => cpu },
    ],
  },
  {
    title: 'Longest health check, seconds; it fails at 5',
    top: 6,
    format: String,
    lines: [
      { name: 'limit', color: '#d1495b', value: () => 5, dash: '4 3' },
      { name: 'at most', color: '#1b6ca8', value: ({ healthDelay }) => healthDelay },
    ],
  },
];

/** The course of a scenario, as SVG. The same outcome gives the same text. */
export function chart({ title, seconds }: NamedScenario, { samples }: Outcome): string {
  const height = HEAD + PANELS.length * (PANEL + GAP);
  const panels = PANELS.map((panel, i) => draw(panel, samples, seconds, HEAD + 24 + i * (PANEL + GAP)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12" fill="#333333">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="26" font-size="16" font-weight="bold">${title}</text>`,
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

function draw(panel: Panel, samples: readonly Sample[], seconds: number, y: number): string {
  const right = WIDTH - RIGHT;
  const x = (second: number): number => LEFT + (second / seconds) * (right - LEFT);
  const highest = Math.max(...panel.lines.flatMap(({ value }) => samples.map(value)));
  const top = panel.top ?? nice(highest);
  const height = (value: number): number => y + PANEL - (Math.min(value, top) / top) * PANEL;
  const out = [`<text x="${LEFT}" y="${y - 8}" font-weight="bold">${panel.title}</text>`];
  for (const part of [0, 0.5, 1]) {
    const at = height(top * part);
    out.push(`<path d="M${LEFT} ${at}H${right}" stroke="#e3e7eb"/>`);
    out.push(`<text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${panel.format(top * part)}</text>`);
  }
  for (let minute = 0; minute * 60 <= seconds; minute += 10) {
    const at = x(minute * 60).toFixed(1);
    out.push(`<path d="M${at} ${y + PANEL}v4" stroke="#9aa5b1"/>`);
    if (minute % 20 === 0) out.push(`<text x="${at}" y="${y + PANEL + 18}" text-anchor="middle">${minute} min</text>`);
  }
  for (const [i, { name, color, value, dash }] of panel.lines.entries()) {
    const style = `fill="none" stroke="${color}" stroke-width="1.6"${dash === undefined ? '' : ` stroke-dasharray="${dash}"`}`;
    out.push(`<path d="${path(samples, value, x, height)}" ${style}/>`);
    const at = y + 14 + 20 * i;
    out.push(`<path d="M${right + 14} ${at - 4}h20" ${style}/><text x="${right + 40}" y="${at}">${name}</text>`);
  }
  return out.join('\n');
}

/** Lowest and highest of every ten seconds, so that no peak is left out. */
function path(
  samples: readonly Sample[],
  value: (sample: Sample) => number,
  x: (second: number) => number,
  y: (value: number) => number,
): string {
  const points: string[] = [];
  let last = '';
  for (let i = 0; i < samples.length; i += 10) {
    const values = samples.slice(i, i + 10).map(value);
    for (const extreme of new Set([Math.min(...values), Math.max(...values)])) {
      const height = y(extreme).toFixed(1);
      // Where nothing changes, one point is enough.
      if (height === last && i + 10 < samples.length && points.length > 1 && points.at(-2)?.endsWith(` ${height}`))
        points.pop();
      points.push(`${x(i).toFixed(1)} ${height}`);
      last = height;
    }
  }
  return `M${points.join('L')}`;
}

/** The next of 1, 2, 4, 6, 8 times a power of ten. */
function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return ([1, 2, 4, 6, 8, 10].find((factor) => factor * power >= value) ?? 10) * power;
}
