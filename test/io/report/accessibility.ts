/** What would keep someone from reading a page: images and plots without words, tables without headings, things from elsewhere. */
export function problemsOf(page: string): string[] {
  const all = (pattern: RegExp) => [...page.matchAll(pattern)].map(([found]) => found);
  const outside = page.replace(/xmlns(:\w+)?="[^"]*"/g, "").replace(/(?<=base64,)[\w+/=]*/g, "");
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  const anchors = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
  const tables = all(/<table[^>]*>.*?<\/table>/gs);
  return [
    ...all(/<img [^>]*>/g).filter((tag) => !/ alt="[^"]+"/.test(tag)),
    // A drawing has words, or is left to them: a swatch next to a name.
    ...all(/<svg/g).slice(
      all(/<div role="img" aria-label="[^"]+"><svg|<svg [^>]*aria-hidden="true"/g).length,
    ),
    ...tables.filter((table) => !/<caption>[^]+?<\/caption>/.test(table)),
    ...tables
      .flatMap((table) => [...table.matchAll(/<th(?![a-z])[^>]*>/g)].map(([th]) => th))
      .filter((th) => !/scope="(row|col)"/.test(th)),
    // What scrolls is reached with the keyboard, and has a name.
    ...all(/<div class="wide"[^>]*>/g).filter(
      (tag) => !/ role="region" aria-label="[^"]+" tabindex="0"/.test(tag),
    ),
    ...all(/<section [^>]*>/g).filter((tag) => !/ aria-labelledby="[^"]+"/.test(tag)),
    ...(all(/<h1/g).length === 1 ? [] : ["not one h1"]),
    ...["<header", "<nav aria-label", "<main", "<footer", 'lang="en"', "<title>", 'name="viewport"'].filter(
      (part) => !page.includes(part),
    ),
    ...(new Set(ids).size === ids.length ? [] : ["an id occurs twice"]),
    ...anchors.filter((anchor) => !ids.includes(anchor)).map((anchor) => `#${anchor} leads nowhere`),
    ...[
      ...outside.matchAll(
        /https?:|\/\/\w|@import|<link|<iframe|<object|<script|url\(|src="(?!data:image\/jpeg;base64,)/g,
      ),
    ].map(([what]) => what),
    ...(page.includes("default-src 'none'") ? [] : ["no content security policy"]),
    // Elements that are opened are closed.
    ...["div", "table", "tr", "td", "th", "section", "ul", "li", "figure", "details", "dl", "span"]
      .filter(
        (name) =>
          all(new RegExp(`<${name}(?=[ >])`, "g")).length !== all(new RegExp(`</${name}>`, "g")).length,
      )
      .map((name) => `<${name}> is not closed`),
  ];
}
