import type { Widget } from '../../lib/constructs/overview/body';

/** A line of a graph. */
export interface Series {
  readonly label: string;
  readonly values: readonly number[];
}

const SAMPLE_DATASETS = ['access_logs', 'orders', 'sensor_readings', 'page_views', 'cloudtrail', 'payments'];
const POINTS = 48;

/** A number from 0 to 1 that depends on the text alone: the picture is the same each time. */
function chance(text: string): number {
  let hash = 2_166_136_261;
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619) >>> 0;
  for (const shift of [16, 13]) hash = Math.imul(hash ^ (hash >>> shift), 2_246_822_507) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}

/** How high a sample of each graph is, and its course: by day, at random moments, growing, steady, or growing from each first of a month. */
const SHAPES: Readonly<Record<string, readonly [top: number, course: 'day' | 'rare' | 'grows' | 'steady' | 'month']>> =
  {
    'Rows taken in': [4_000_000, 'day'],
    'Bytes taken in, as stored': [600_000_000, 'day'],
    'Parquet written': [450_000_000, 'day'],
    'Events stored': [180_000, 'day'],
    'Events rejected': [900, 'rare'],
    'Requests refused': [220, 'rare'],
    Instances: [4, 'steady'],
    'Age of the oldest pending object': [1_400, 'steady'],
    Runs: [4, 'steady'],
    'Longest run': [6, 'day'],
    'Small files left': [38, 'steady'],
    'Data files': [2_400, 'grows'],
    'Rows quarantined': [1_200, 'rare'],
    'Objects quarantined': [3, 'rare'],
    'Objects in no partition': [5, 'rare'],
    'Rows outside of their partition': [400, 'rare'],
    Scanned: [140_000_000_000, 'day'],
    'Cost of scans': [16, 'steady'],
    'Charges of the month so far': [640, 'month'],
  };

function valuesOf(title: string, label: string, share: number): readonly number[] {
  const [top, course] = SHAPES[title] ?? [100, 'steady'];
  return Array.from({ length: POINTS }, (_, index) => {
    const noise = chance(`${title} ${label} ${index}`);
    const day = 0.35 + 0.65 * Math.sin((Math.PI * ((index + 6) % POINTS)) / POINTS) ** 2;
    const part = {
      day: day * (0.85 + 0.15 * noise),
      rare: noise > 0.94 ? 0.3 + 0.7 * chance(`${label}${index}`) : 0,
      grows: 0.6 + (0.4 * index) / POINTS,
      month: ((index + 45) % POINTS) / POINTS, // it begins anew
      steady: 0.88 + 0.12 * noise,
    }[course];
    const value = top * share * part;
    return top < 50 && title !== 'Cost of scans' && title !== 'Longest run' ? Math.round(value) : value;
  });
}

/** Lines are of different height; what is a part of the first is smaller than that in all. */
function shareOf(title: string, index: number): number {
  if (title === 'Instances') return 1;
  return title.startsWith('Charges') && index > 0 ? 0.36 / index ** 0.8 / 1.1 : 1 / (1 + 0.8 * index);
}

/** What is never there on a good day. */
const QUIET = /failed|timed out/;

/** Sample data for each line that the widget draws. */
export function seriesOf({ properties }: Widget): readonly Series[] {
  const title = String(properties.title);
  const metrics = properties.metrics as readonly (readonly unknown[])[];
  const labels = metrics.flatMap((metric): readonly string[] => {
    const last = metric.at(-1) as { readonly expression?: string; readonly label?: string; readonly visible?: boolean };
    if (last.visible === false) return [];
    return last.expression?.startsWith('SELECT') ? SAMPLE_DATASETS : [last.label ?? ''];
  });
  return labels.map((label, index) => ({
    label,
    values: QUIET.test(label) ? Array.from({ length: POINTS }, () => 0) : valuesOf(title, label, shareOf(title, index)),
  }));
}
