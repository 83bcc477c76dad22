import { type Html, html } from './html';

export interface BarPair {
  /** What is compared; left out when the chart's caption says it. */
  readonly name?: string;
  readonly raw: number;
  readonly curated: number;
}

const WIDTH = 480;
/** Room for the figure behind the longest bar. */
const LABEL = 100;
const NAME_HEIGHT = 24;
const BAR_HEIGHT = 20;
const BAR_GAP = 4;
const PAIR_GAP = 18;
/** The shortest bar, so that little can be told from nothing. */
const LEAST = 2;

/**
 * Horizontal bars in pairs, raw above curated, on one linear scale from zero: what is ten times as long is ten times as
 * much. Colours come from the page's style sheet.
 *
 * @param show Writes a value with its unit.
 */
export function pairChart(caption: string, pairs: readonly BarPair[], show: (value: number) => string): Html {
  const longest = Math.max(...pairs.flatMap(({ raw, curated }) => [raw, curated]), Number.MIN_VALUE);
  const length = (value: number): number => (value === 0 ? 0 : Math.max(LEAST, (value / longest) * (WIDTH - LABEL)));
  let y = 0;
  const bar = (zone: 'raw' | 'curated', value: number): Html => {
    const top = y;
    y += BAR_HEIGHT + BAR_GAP;
    return html`<rect class="${zone}" x="0" y="${top}" width="${round(length(value))}" height="${BAR_HEIGHT}" rx="2"/>
<text class="value" x="${round(length(value) + 8)}" y="${top + BAR_HEIGHT - 5}">${show(value)}</text>
`;
  };
  const groups = pairs.map(({ name, raw, curated }) => {
    if (y > 0) {
      y += PAIR_GAP;
    }
    const title =
      name === undefined
        ? []
        : [
            html`<text class="name" x="0" y="${y + 14}">${name}</text>
`,
          ];
    y += title.length * NAME_HEIGHT;
    return html`${title}${bar('raw', raw)}${bar('curated', curated)}`;
  });
  const summary = pairs.map(
    ({ name, raw, curated }) => `${name ?? caption}: raw ${show(raw)}, curated ${show(curated)}`,
  );
  return html`<figure>
<figcaption>${caption}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${y - BAR_GAP}" role="img" aria-label="${summary.join('; ')}">
${groups}</svg>
</figure>
`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
