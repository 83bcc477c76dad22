import { Html } from './html';

/** Contrast of text is 4.5:1 at least and of bars 3:1 in both schemes (WCAG 2.2, AA). */
export const STYLE = new Html(`<style>
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f6f7f9; --line: #d5d9e0; --text: #1b1f27; --quiet: #545c6b;
  --raw: #c4570c; --curated: #0b6e8f; --good: #176b35; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151b; --card: #1b2029; --line: #343b48; --text: #e7eaf0; --quiet: #a3acbb;
    --raw: #f0883e; --curated: #4cb4d6; --good: #5fc47e; --bad: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.25rem 4rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
p { margin: .5rem 0; max-width: 68ch; }
.quiet { color: var(--quiet); }
.verdict { font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem; margin: 1.5rem 0; padding: 0;
  list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1.1rem; }
.tiles strong { display: block; font-size: 1.6rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: 1rem 1.25rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
figcaption { font-weight: 600; margin-bottom: .75rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--text); font: 14px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
svg .name { fill: var(--quiet); }
svg .value { font-variant-numeric: tabular-nums; }
svg .raw { fill: var(--raw); } svg .curated { fill: var(--curated); }
.legend { display: flex; gap: 1.5rem; margin: 0 0 .75rem; }
.legend span::before { content: ""; display: inline-block; width: .8em; height: .8em; margin-right: .45em; border-radius: 2px;
  background: var(--swatch); }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--curated); outline-offset: 2px; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9375rem; }
th, td { padding: .45rem .65rem; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); }
thead th { border-top: 0; background: var(--card); vertical-align: bottom; }
th[colspan] { text-align: center; }
th:first-child, .text { text-align: left; }
thead tr + tr th:first-child { text-align: right; }
td.wrap { white-space: normal; overflow-wrap: anywhere; min-width: 16rem; }
tbody th { font-weight: 400; white-space: normal; }
tfoot th, tfoot td { font-weight: 600; background: var(--card); }
pre, code { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
h1 code { font-size: .8em; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; margin: .5rem 0 1rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .3rem 0; }
@media print { body { max-width: none; } figure, .tiles li { break-inside: avoid; } }
</style>`);
