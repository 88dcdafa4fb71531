/** The style sheet of the pages: one column, light or dark as the reader's system is, readable at 360 px and on paper. */
import { colourProperties } from './palette.ts';

export const STYLE = `
:root { color-scheme: light dark; ${colourProperties('light')} }
@media (prefers-color-scheme: dark) { :root { ${colourProperties('dark')} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main, header, footer { max-width: 928px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 1.25rem; margin: 0 0 12px; }
h3 { font-size: 1rem; margin: 28px 0 8px; }
section { margin-top: 44px; }
p { margin: 8px 0; max-width: 72ch; }
.quiet, header p, .from, footer { color: var(--quiet); font-size: 0.9rem; }
.lead { font-size: 1.05rem; }
.verdicts { list-style: none; padding: 0; margin: 0 0 12px; display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 16px; }
.verdict { border: 1px solid var(--rule); border-left: 6px solid var(--slate); border-radius: 6px; padding: 14px 18px; }
.verdict p { margin: 4px 0; }
.claim { color: var(--quiet); }
.word { font-size: 1.5rem; font-weight: 650; }
.proved { border-left-color: var(--green); } .proved .word { color: var(--green); }
.refuted { border-left-color: var(--red); } .refuted .word { color: var(--red); }
.extrapolated { border-left-color: var(--blue); } .extrapolated .word { color: var(--blue); }
.inconclusive { border-left-color: var(--ochre); } .inconclusive .word { color: var(--ochre); }
.chart { margin: 16px 0; }
.chart svg { display: block; width: 100%; height: auto; }
.narrow { display: none; }
.legend { list-style: none; padding: 0; margin: 0 0 10px; display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 0.85rem; }
.legend li { display: flex; align-items: center; gap: 8px; }
.swatch { width: 18px; border-top: 4px solid currentColor; } .swatch.dashed { border-top-style: dashed; border-top-width: 3px; }
.scroll { overflow-x: auto; margin: 16px 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
caption { text-align: left; color: var(--quiet); padding: 0 0 6px; }
th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--rule); vertical-align: top; font-weight: 400; }
thead th { color: var(--quiet); white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: 0; padding-left: 12px; }
.number + td:not(.number), .number + th:not(.number) { padding-left: 24px; }
.good { color: var(--green); white-space: nowrap; } .bad { color: var(--red); white-space: nowrap; font-weight: 650; }
details { margin: 12px 0; } summary { cursor: pointer; color: var(--blue); }
pre { background: var(--band); padding: 12px 16px; border-radius: 6px; overflow-x: auto; }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
footer { padding-top: 32px; padding-bottom: 48px; }
@media (max-width: 640px) {
  main, header, footer { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 24px; }
  section { margin-top: 36px; }
  .wide { display: none; } .narrow { display: block; }
  .verdicts { grid-template-columns: 1fr; }
}
@media print { details > * { display: block; } section { break-inside: avoid-page; } }
`;
