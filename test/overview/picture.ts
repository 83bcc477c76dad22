import type { DashboardBody, Widget } from '../../lib/constructs/overview/body';
import { type Series, seriesOf } from './series';

/** Pixels of a unit of CloudWatch's grid, and between widgets. */
const UNIT = { width: 58, height: 34 };
const GAP = 10;
const MARGIN = 16;

const COLORS = [
  ...['#1f77b4', '#ff7f0e', '#2ca02c', '#d62728', '#9467bd'],
  ...['#8c564b', '#e377c2', '#7f7f7f', '#bcbd22', '#17becf'],
];
const INK = '#16191f';
const SOFT = '#5f6b7a';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A dashboard as CloudWatch would show it, with sample data, as SVG. The same body gives the same text. */
export function picture({ widgets }: DashboardBody): string {
  const width = 24 * UNIT.width + 2 * MARGIN;
  const height = Math.max(...widgets.map((one) => one.y + one.height)) * UNIT.height + 2 * MARGIN;
  const drawn = widgets.map((widget) => {
    const box = {
      x: MARGIN + widget.x * UNIT.width + GAP / 2,
      y: MARGIN + widget.y * UNIT.height + GAP / 2,
      width: widget.width * UNIT.width - GAP,
      height: widget.height * UNIT.height - GAP,
    };
    if (widget.type === 'text') return words(String(widget.properties.markdown), box);
    return widget.type === 'alarm' ? alarms(widget, box) : graph(widget, box);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica, Arial, sans-serif" font-size="11" fill="${INK}">`,
    `<rect width="${width}" height="${height}" fill="#f2f3f3"/>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('*', '');

const at = (x: number, y: number, text: string, more = ''): string =>
  `<text x="${round(x)}" y="${round(y)}"${more === '' ? '' : ` ${more}`}>${escaped(text)}</text>`;

const round = (value: number): number => Math.round(value * 10) / 10;

function words(markdown: string, { x, y, height }: Box): string {
  const [heading = '', ...rest] = markdown.split('\n');
  const size = heading.startsWith('## ') ? 17 : 22;
  return [
    at(x, y + height - 28, heading.replace(/^#+ /, ''), `font-size="${size}" font-weight="bold"`),
    at(x, y + height - 8, rest.join(' '), `font-size="12.5" fill="${SOFT}"`),
  ].join('\n');
}

const card = ({ x, y, width, height }: Box): string =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="6" fill="#ffffff" stroke="#d5dbdb"/>`;

/** Of the axis, by what a widget shows. */
const HOURS = ['00:00', '06:00', '12:00', '18:00', '24:00'];
const DAYS: Readonly<Record<string, readonly string[]>> = {
  '-P14D': ['15 Nov', '18 Nov', '22 Nov', '25 Nov', '29 Nov'],
  '-P30D': ['30 Oct', '7 Nov', '14 Nov', '22 Nov', '29 Nov'],
};

/** Two of them ring, so that it shows how that looks. */
const RINGING = [4, 14];

function alarms({ properties }: Widget, box: Box): string {
  const names = (properties.alarms as readonly string[]).map((arn) => arn.split(':').at(-1) ?? '');
  const columns = 4;
  const rows = Math.floor((box.height - 34) / 20);
  const shown = names.slice(0, columns * rows);
  const width = (box.width - 24) / columns;
  const marks = shown.flatMap((name, index) => {
    const x = box.x + 12 + (index % columns) * width;
    const y = box.y + 32 + Math.floor(index / columns) * 20;
    const rings = RINGING.includes(index);
    return [
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width - 8)}" height="16" rx="3" fill="${rings ? '#fdecea' : '#eef7ee'}"/>`,
      `<circle cx="${round(x + 9)}" cy="${round(y + 8)}" r="4" fill="${rings ? '#d13212' : '#1d8102'}"/>`,
      at(x + 18, y + 12, name.length > 52 ? `${name.slice(0, 51)}…` : name, 'font-size="10.5"'),
    ];
  });
  const more = names.length > shown.length ? `, ${names.length - shown.length} more below` : '';
  return [
    card(box),
    at(box.x + 12, box.y + 20, `${properties.title}${more}`, 'font-weight="bold" font-size="12.5"'),
    ...marks,
  ].join('\n');
}

function graph(widget: Widget, box: Box): string {
  const { title, stacked, yAxis, start } = widget.properties as {
    title: string;
    stacked: boolean;
    yAxis: { left: { label: string } };
    start?: string;
  };
  const series = seriesOf(widget);
  const legend = legendOf(series, box);
  const plot = {
    x: box.x + 52,
    y: box.y + 46,
    width: box.width - 66,
    height: box.height - 46 - 22 - legend.height,
  };
  const sums = series.map((_, index) => (stacked ? total(series.slice(0, index + 1)) : (series[index]?.values ?? [])));
  const top = ceiling(Math.max(1, ...sums.flat()));
  const points = (values: readonly number[]): readonly string[] =>
    values.map(
      (value, index) =>
        `${round(plot.x + (index / (values.length - 1)) * plot.width)},${round(plot.y + plot.height * (1 - value / top))}`,
    );
  const lines = sums.map((values, index) => {
    const color = COLORS[index % COLORS.length];
    if (!stacked)
      return `<polyline points="${points(values).join(' ')}" fill="none" stroke="${color}" stroke-width="1.6"/>`;
    const below = points(sums[index - 1] ?? values.map(() => 0));
    return `<polygon points="${[...points(values), ...[...below].reverse()].join(' ')}" fill="${color}" fill-opacity="0.55" stroke="${color}" stroke-width="0.8"/>`;
  });
  const grid = [0, 0.5, 1].flatMap((part) => {
    const y = plot.y + plot.height * (1 - part);
    return [
      `<line x1="${round(plot.x)}" x2="${round(plot.x + plot.width)}" y1="${round(y)}" y2="${round(y)}" stroke="#e9ebed"/>`,
      at(plot.x - 6, y + 4, short(part * top), `text-anchor="end" fill="${SOFT}" font-size="10"`),
    ];
  });
  const hours = (start === undefined ? HOURS : (DAYS[start] ?? [])).map((hour, index, all) =>
    at(
      plot.x + (index / (all.length - 1)) * plot.width,
      plot.y + plot.height + 14,
      hour,
      `text-anchor="${index === 0 ? 'start' : index === all.length - 1 ? 'end' : 'middle'}" fill="${SOFT}" font-size="10"`,
    ),
  );
  return [
    card(box),
    at(box.x + 12, box.y + 20, title, 'font-weight="bold" font-size="12.5"'),
    at(box.x + 12, box.y + 36, yAxis.left.label, `fill="${SOFT}" font-size="10"`),
    ...grid,
    ...lines,
    ...hours,
    ...legend.texts,
  ].join('\n');
}

const total = (series: readonly Series[]): readonly number[] =>
  (series[0]?.values ?? []).map((_, index) => series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));

function legendOf(series: readonly Series[], box: Box): { readonly height: number; readonly texts: readonly string[] } {
  const placed: { readonly label: string; readonly x: number; readonly row: number }[] = [];
  let x = 12;
  let row = 0;
  for (const { label } of series) {
    const width = 24 + 5.7 * label.length;
    if (x + width > box.width - 8 && x > 12) {
      x = 12;
      row += 1;
    }
    placed.push({ label, x, row });
    x += width;
  }
  const height = (row + 1) * 15 + 4;
  const texts = placed.flatMap((one, index) => {
    const y = box.y + box.height - height + one.row * 15 + 8;
    return [
      `<rect x="${round(box.x + one.x)}" y="${round(y - 6)}" width="9" height="9" rx="1.5" fill="${COLORS[index % COLORS.length]}"/>`,
      at(box.x + one.x + 13, y + 2, one.label, 'font-size="10.5"'),
    ];
  });
  return { height, texts };
}

/** The next number with one digit that is 1, 2, 4, 5 or 8. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 8, 10].find((digit) => digit * power >= value) ?? 10) * power;
}

function short(value: number): string {
  for (const [limit, unit] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (value >= limit) return `${round(value / limit)}${unit}`;
  }
  return String(round(value));
}
