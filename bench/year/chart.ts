import type { YearOutcome } from './year';

type Point = readonly [x: number, y: number];

interface Line {
  readonly name: string;
  readonly color: string;
  readonly points: readonly Point[];
}

interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

const WIDTH = 860;
const LEFT = 64;
const RIGHT = 150;
const PANEL = 100;
const GAP = 56;
const HEAD = 46;
const BLUE = '#1b6ca8';
const RED = '#d1495b';
const GREY = '#9aa5b1';

/** The course of a year and of its partitions, as SVG. The same outcome gives the same text. */
export function chart(title: string, { samples, byAge }: YearOutcome): string {
  const line = (name: string, color: string, value: (sample: (typeof samples)[number]) => number): Line => ({
    name,
    color,
    points: samples.map((sample) => [sample.day, value(sample)] as const),
  });
  const panels: readonly Panel[] = [
    {
      title: 'Files of a partition, by its age in days',
      lines: [
        { name: 'most', color: RED, points: byAge.map(({ age, most }) => [age, most] as const) },
        { name: 'mean', color: BLUE, points: byAge.map(({ age, mean }) => [age, mean] as const) },
      ],
    },
    {
      title: 'Files of a partition, by day of the year',
      lines: [
        line('most', GREY, ({ mostFiles }) => mostFiles),
        line('most, closed', RED, ({ closedFiles }) => closedFiles),
        line('mean, closed', BLUE, ({ meanFiles }) => meanFiles),
      ],
    },
    {
      title: 'Bytes of Parquet written for each byte of the tables',
      lines: [line('since the first day', BLUE, ({ writeAmplification }) => writeAmplification)],
    },
    {
      title: 'Hours that the oldest pending object waited',
      lines: [line('at most', RED, ({ pendingSeconds }) => pendingSeconds / 3_600)],
    },
    { title: 'Seconds of the longest plan', lines: [line('modelled', BLUE, ({ planSeconds }) => planSeconds)] },
    {
      title: 'S3 requests a day',
      lines: [
        line('LIST', GREY, ({ lists }) => lists),
        line('GET', BLUE, ({ gets }) => gets),
        line('PUT', RED, ({ puts }) => puts),
      ],
    },
  ];
  const height = HEAD + panels.length * (PANEL + GAP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12" fill="#333333">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="26" font-size="16" font-weight="bold">${title}</text>`,
    ...panels.map((panel, index) => draw(panel, HEAD + 24 + index * (PANEL + GAP))),
    '</svg>',
    '',
  ].join('\n');
}

function draw({ title, lines }: Panel, y: number): string {
  const right = WIDTH - RIGHT;
  const all = lines.flatMap(({ points }) => points);
  const widest = Math.max(1, ...all.map(([x]) => x));
  const top = nice(Math.max(...all.map(([, value]) => value)));
  const across = (x: number): string => (LEFT + (x / widest) * (right - LEFT)).toFixed(1);
  const up = (value: number): string => (y + PANEL - (value / top) * PANEL).toFixed(1);
  const out = [`<text x="${LEFT}" y="${y - 8}" font-weight="bold">${title}</text>`];
  for (const part of [0, 0.5, 1]) {
    out.push(`<path d="M${LEFT} ${up(top * part)}H${right}" stroke="#e3e7eb"/>`);
    out.push(`<text x="${LEFT - 8}" y="${Number(up(top * part)) + 4}" text-anchor="end">${label(top * part)}</text>`);
    const x = Math.round(widest * part);
    out.push(`<text x="${across(x)}" y="${y + PANEL + 18}" text-anchor="middle">day ${x}</text>`);
  }
  for (const [index, { name, color, points }] of lines.entries()) {
    const style = `fill="none" stroke="${color}" stroke-width="1.6"`;
    const path = points.map(([x, value]) => `${across(x)} ${up(value)}`);
    // Where nothing changes, the ends are enough.
    const bent = path.filter(
      (_, at) => points[at - 1]?.[1] !== points[at]?.[1] || points[at + 1]?.[1] !== points[at]?.[1],
    );
    out.push(`<path d="M${bent.join('L')}" ${style}/>`);
    const at = y + 14 + 20 * index;
    out.push(`<path d="M${right + 14} ${at - 4}h20" ${style}/><text x="${right + 40}" y="${at}">${name}</text>`);
  }
  return out.join('\n');
}

const label = (value: number): string => (value >= 1_000 ? `${value / 1_000}k` : String(Number(value.toPrecision(2))));

/** The next of 1, 2, 4, 6, 8 times a power of ten. */
function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value > 0 ? value : 1));
  return ([1, 2, 4, 6, 8, 10].find((factor) => factor * power >= value) ?? 10) * power;
}
