/** The style sheet of report.html. The drawing's colours are attributes, which rules override: in the dark it is redrawn light on dark. */
export const style = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --text: #1d232b; --soft: #5d6773; --line: #dfe3e8; --blue: #0000ff; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171b; --card: #1c2026; --text: #e6e9ee; --soft: #9aa4b1; --line: #343b45; --blue: #7aa2ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, "DejaVu Sans", Verdana, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 1.6rem; font-weight: 650; margin: 0 0 20px; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; font-weight: 600; margin: 0 0 12px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-bottom: 18px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 14px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
th { font-weight: 500; color: var(--soft); }
th:first-child { text-align: left; padding-left: 0; }
.settings { width: 100%; }
.settings th { width: 14em; vertical-align: top; }
.settings td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.metrics td { font-weight: 550; }
figure { margin: 0; }
figure svg { display: block; width: 100%; height: auto; max-width: 960px; margin: 0 auto; }
figure svg > rect { fill: none; }
figure svg text { fill: var(--text); }
figure svg .role-axis-grid line { stroke: var(--line); }
figure svg .role-axis-domain line, figure svg .role-axis-tick line, figure svg .background[stroke="#333333"] { stroke: var(--soft); }
figure svg .role-legend > g > path.background { fill: var(--card); stroke: var(--line); }
figure svg [stroke="#0000ff"] { stroke: var(--blue); }
figure svg [fill="#0000ff"] { fill: var(--blue); }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--soft); }
pre { margin: 0; font: 12.5px/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
@media (max-width: 640px) { main { padding: 20px 12px 40px; } section { padding: 14px; } }
@media print { body { background: none; } section { break-inside: avoid; } }
`;
