/** The frame of every page: one file that needs no other and asks for nothing from the network. */
import { Html, markup } from "./html.js";
import type { Section } from "./parts.js";
import { style } from "./style.js";

export interface Page {
  readonly title: string;
  /** One line below it. */
  readonly subtitle?: string;
  /** What made it. */
  readonly maker: string;
  /** Undefined ones are omitted. */
  readonly sections: readonly (Section | undefined)[];
}

/** No scripts, nothing from elsewhere; images are inside the page. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** The text of an HTML file. */
export function pageHtml({ title, subtitle, maker, sections }: Page): string {
  const shown = sections.filter((section) => section !== undefined);
  const links = shown.map(({ id, heading }) => markup`<li><a href="#${id}">${heading}</a></li>`);
  const bodies = shown.map(
    ({ id, heading, body }) =>
      markup`<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${heading}</h2>
${body}
</section>`,
  );
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${new Html(policy)}">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>${title}</h1>
${subtitle !== undefined && markup`<p>${subtitle}</p>`}
<nav aria-label="Contents"><ul>
${links}
</ul></nav>
</header>
<main id="content" tabindex="-1">
${bodies}
</main>
<footer><p>${maker}</p></footer>
</body>
</html>
`.text;
}
