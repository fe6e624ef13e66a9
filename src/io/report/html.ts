/** HTML that is escaped by the way it is written: names of classes, files and layers may contain anything. */
import { printable } from "../../printable.js";

/** Markup. Anything else that is put into a page is text. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** What can stand in a page: text, markup, lists of them; false and undefined are nothing. */
export type Content = string | number | Html | false | undefined | readonly Content[];

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For text and for attributes in quotes. Characters that would reorder or hide text are made visible. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => entities[character]);
}

function textOf(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Html) return content.text;
  if (typeof content === "object") return content.map(textOf).join("\n");
  return escapeHtml(String(content));
}

/** A template whose values are escaped, unless they are markup: markup`<p>${name}</p>`. */
export function markup(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.reduce((text, part, i) => text + textOf(values[i - 1]) + part));
}
