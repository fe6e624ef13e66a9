/** The style sheet of the pages. */
import { colorNames, strongestFill } from "./palette.js";

const variables = (mode: "light" | "dark") =>
  colorNames(mode)
    .map(([name, color]) => `--${name}: ${color};`)
    .join(" ");

/**
 * Drawings have the colors of the light as attributes, which rules override. A color that a drawing uses for two things would
 * be one in the dark too, so that no two names share one.
 */
const recolored = colorNames("light")
  .flatMap(([name, color]) =>
    (["fill", "stroke"] as const).map(
      (way) => `:is(.plot svg, .swatch) [${way}="${color}"] { ${way}: var(--${name}); }`,
    ),
  )
  .join("\n");

export const style = `
:root { color-scheme: light dark; ${variables("light")} }
@media (prefers-color-scheme: dark) { :root { ${variables("dark")} } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 12px; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, "DejaVu Sans", Verdana, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 12px; top: 12px; background: var(--card); padding: 8px 14px; }
header, main, footer { max-width: 1080px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 30px; }
h1 { font-size: 1.6rem; line-height: 1.25; font-weight: 650; margin: 0; overflow-wrap: anywhere; }
header p { margin: 6px 0 0; color: var(--soft); overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: 2px 18px; list-style: none; margin: 14px 0 20px; padding: 0; }
nav a { display: inline-block; padding: 3px 0; }
h2 { font-size: 1.15rem; font-weight: 650; margin: 0 0 12px; }
h3 { font-size: 1rem; font-weight: 600; margin: 20px 0 8px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-bottom: 18px; }
.wide + p { margin-top: 12px; }
section p { margin: 0 0 12px; max-width: 75ch; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(148px, 1fr)); gap: 12px; margin: 0 0 18px; }
.tiles:last-child { margin-bottom: 0; }
.tile { max-width: 260px; border: 1px solid var(--line); border-radius: 8px; padding: 9px 13px; }
.tile dt { color: var(--soft); font-size: .85rem; }
.tile dd { margin: 0; font-size: 1.4rem; font-weight: 650; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tile dd.note { font-size: .8rem; font-weight: 400; color: var(--soft); }
/* Shadows at the edges behind which there is more. */
.wide + .wide { margin-top: 16px; }
.wide { overflow-x: auto; max-width: 100%; background:
  linear-gradient(to right, var(--card) 40%, transparent) left / 40px 100% no-repeat local,
  linear-gradient(to left, var(--card) 40%, transparent) right / 40px 100% no-repeat local,
  linear-gradient(to right, color-mix(in srgb, var(--text) 22%, transparent), transparent) left / 12px 100% no-repeat scroll,
  linear-gradient(to left, color-mix(in srgb, var(--text) 22%, transparent), transparent) right / 12px 100% no-repeat scroll; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding: 0 0 6px; white-space: nowrap; }
.settings caption { white-space: normal; }
th, td { padding: 5px 12px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { border-bottom: 1px solid var(--soft); vertical-align: bottom; }
th { font-weight: 500; color: var(--soft); }
th:first-child { text-align: left; padding-left: 0; }
.text { text-align: left; }
.settings { width: 100%; }
.settings th, .settings td { vertical-align: top; text-align: left; white-space: normal; overflow-wrap: anywhere; }
.settings tbody th { width: 15em; min-width: 9em; }
.settings td { min-width: 6em; }
.matrix td { text-align: center; min-width: 4.2em; border: 1px solid var(--line); }
.matrix th { white-space: normal; overflow-wrap: anywhere; min-width: 4.2em; max-width: 8em; }
.matrix tbody th { min-width: 7em; max-width: 14em; }
.matrix th[scope="col"]:not(:first-child) { text-align: center; }
.matrix .hit, .matrix .miss { background: color-mix(in srgb, var(--hit) calc(var(--share) * ${100 * strongestFill}%), var(--card)); }
.matrix .miss { background: color-mix(in srgb, var(--miss) calc(var(--share) * ${100 * strongestFill}%), var(--card)); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 18px 24px; align-items: start; }
.plot { margin: 0; min-width: 0; }
.plot svg { display: block; width: 100%; height: auto; max-width: 520px; margin: 0 auto; }
.plot svg text { fill: var(--text); }
.plot svg .role-title-subtitle text { fill: var(--soft); }
.plot svg .role-legend > g > .background { fill: var(--card); stroke: var(--line); }
${recolored}
.images { display: grid; grid-template-columns: repeat(auto-fill, minmax(165px, 1fr)); gap: 16px; list-style: none; margin: 0; padding: 0; }
.images.pairs { grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); }
.images figure { margin: 0; }
.images .frame { display: flex; align-items: center; justify-content: center; gap: 6px; height: 170px; background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: 4px; color: var(--soft); font-size: .85rem; text-align: center; }
.images img { display: block; max-width: 100%; max-height: 160px; border-radius: 3px; }
.images figcaption { font-size: .85rem; margin-top: 5px; overflow-wrap: anywhere; }
.images figcaption span { display: block; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; list-style: none; margin: 0 0 12px; padding: 0; }
.legend li { overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.swatch { display: inline-block; vertical-align: middle; width: 34px; height: 10px; margin-right: 8px; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--link); width: fit-content; padding: 2px 0; }
details > .wide { margin-top: 8px; }
pre { margin: 0; font: 12.5px/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
footer { color: var(--soft); padding-bottom: 40px; font-size: .85rem; }
@media (max-width: 640px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  section { padding: 14px; }
  th, td { padding: 5px 8px; }
  .images { grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  :root { color-scheme: light; ${variables("light")} }
  body { background: none; font-size: 11pt; }
  nav, .skip { display: none; }
  section { break-inside: avoid-page; border: 0; padding: 0 0 8px; }
  section:has(.images, details) { break-inside: auto; }
  .wide { overflow: visible; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .hit, .miss { print-color-adjust: exact; }
}
`;
