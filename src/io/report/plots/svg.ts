/** Drawings as files, without a browser. */
import { createRequire } from "node:module";
import type { TopLevelSpec } from "vega-lite";

/** As every drawing of ours has it. */
export const FONT = "DejaVu Sans, Verdana, sans-serif";

/** A drawing as SVG. The drawing libraries are loaded here and not with the module: they cost half a second. */
export async function renderSvg(drawing: TopLevelSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const { spec } = compile(drawing);
  const view = new vega.View(vega.parse(spec), { renderer: "none", logLevel: vega.Error });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

/** An SVG of ours as a PNG at twice its size, in a font that comes along: it looks the same on every machine. */
export async function renderPng(svg: string): Promise<Buffer> {
  const { renderAsync } = await import("@resvg/resvg-js");
  const { resolve } = createRequire(import.meta.url);
  const image = await renderAsync(svg, {
    background: "white",
    fitTo: { mode: "zoom", value: 2 },
    font: {
      loadSystemFonts: false,
      fontFiles: [resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf")],
      defaultFontFamily: "DejaVu Sans",
    },
  });
  return image.asPng();
}
