/** What pages consist of: sections, tables, plots with their data, figures. */
import { Html, markup, type Content } from "./html.js";

/** A part of a page with a heading, which the page's list of contents links to. */
export interface Section {
  /** Of the anchor: letters and hyphens. */
  readonly id: string;
  readonly heading: string;
  readonly body: Content;
}

export interface TableContent {
  readonly caption: Content;
  /** Headings of the columns. Without them, the table has a heading in each row alone. */
  readonly head?: readonly Content[];
  /** The first cell of each is its heading. */
  readonly rows: readonly (readonly Content[])[];
  /** Of the style sheet: "settings" for text, "numbers" (the default), "matrix". */
  readonly kind?: "settings" | "numbers" | "matrix";
  /** Plain words for the scrolling region, where the caption is markup. */
  readonly label: string;
}

/** A table in a region that scrolls, also with the keyboard, where the page is too narrow for it. */
export function table({ caption, head, rows, kind = "numbers", label }: TableContent): Html {
  const heading =
    head &&
    markup`<thead><tr>${head.map((cell) => (isCell(cell) ? cell : markup`<th scope="col">${cell}</th>`))}</tr></thead>`;
  const body = rows.map(
    ([first, ...cells]) =>
      markup`<tr><th scope="row">${first}</th>${cells.map((cell) => (isCell(cell) ? cell : markup`<td>${cell}</td>`))}</tr>`,
  );
  return markup`<div class="wide" role="region" aria-label="${label}" tabindex="0"><table class="${kind}"><caption>${caption}</caption>
${heading}<tbody>
${body}
</tbody></table></div>`;
}

/** A cell that brings its own element. */
function isCell(content: Content): boolean {
  return content instanceof Html && /^<t[dh]/.test(content.text);
}

/** What is there on request. */
export function details(summary: string, body: Content): Html {
  return markup`<details><summary>${summary}</summary>
${body}</details>`;
}

/** A drawing and what it shows, in words. @param svg of ours */
export function plot(svg: string, description: string): Html {
  return markup`<figure class="plot"><div role="img" aria-label="${description}">${new Html(svg.trim())}</div></figure>`;
}

/** A figure with its name below, for the page's first lines. */
export function tile(name: string, value: string, note = ""): Html {
  return markup`<div class="tile"><dt>${name}</dt><dd>${value}</dd>${note !== "" && markup`<dd class="note">${note}</dd>`}</div>`;
}

export function tiles(...all: readonly (Html | undefined)[]): Html {
  return markup`<dl class="tiles">${all}</dl>`;
}

/** An image inside the page. @param jpeg its bytes */
export function image(jpeg: Uint8Array, alt: string): Html {
  const data = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength).toString("base64");
  return markup`<img src="data:image/jpeg;base64,${data}" alt="${alt}" loading="lazy">`;
}

/** A figure between 0 and 1, and the like: four digits, as Keras prints them; a dash where there is none. */
export function figure(value: number | null | undefined): string {
  if (value === undefined || value === null) return "–";
  if (!Number.isFinite(value)) return String(value);
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : value.toFixed(4);
}

/** "93.1%"; a dash where there is none. */
export function percent(share: number | null | undefined): string {
  return share === undefined || share === null || !Number.isFinite(share)
    ? "–"
    : `${(100 * share).toFixed(1)}%`;
}
