/** Words that a native engineer would not say here: in messages, help, docstrings, and the pages that people read. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

/** Each with what to say instead. */
const avoided: readonly (readonly [RegExp, string])[] = [
  [/\bpictures?\b/i, "image"],
  [/\b(go|goes|going|gone|went) on (with|from)\b/i, "continue, resume"],
  [/\b(leave|leaves|leaving|left) (\S+ )?(away|out)\b/i, "omit, skip"],
  [/\banew\b/i, "again"],
  [/\bbeside\b/i, "next to, compared with"],
  [/\b(in the|at the) place of\b/i, "instead of"],
  [/\bat hand\b/i, "available"],
  [/\b(is|are|be|been|was) told\b/i, "reported, given"],
  [/\btells?\b/i, "says, reports, distinguishes"],
  [/\b(put before|puts? out)\b/i, "preprocessed, outputs"],
  [/\bholds\b/i, "contains"],
  [/\bheld to\b/i, "tested against"],
  [/\btaken for\b/i, "predicted, taken as"],
  [/\bof (its|their) own\b/i, "its own"],
];

function findings(place: string, text: string): string[] {
  return avoided.flatMap(([word, instead]) => {
    const found = word.exec(text);
    return found ? [`${place}: "${found[0]}" (${instead}): ${text.trim().slice(0, 100)}`] : [];
  });
}

/** Keys of files that were written before: they are read as they are. */
const contracts = new Set(["pictures"]);

/** The words of a name: `leftOut` and `left_out` are two. */
const wordsOf = (text: string) => text.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/[_-]/g, " ");

/** The texts of a program: its literals and its docstrings. */
function texts(path: string): string[] {
  const code = readFileSync(path, "utf8");
  const docstrings = [...code.matchAll(/\/\*\*.*?\*\//gs)].map(([text]) => text.replace(/\n *\*/g, ""));
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    else if (ts.isTemplateExpression(node)) {
      // Without the expressions in it.
      found.push([node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join(" … "));
      node.templateSpans.forEach((span) => visit(span.expression));
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, code, ts.ScriptTarget.Latest));
  const literals = found.filter((text) => !contracts.has(text));
  return [...literals.map((text) => (text.includes(" ") ? text : wordsOf(text))), ...docstrings];
}

function filesIn(folder: string, ending: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

it("messages, help texts and docstrings avoid them", () => {
  const found = filesIn("src", ".ts").flatMap((path) => texts(path).flatMap((text) => findings(path, text)));
  expect(found).toEqual([]);
});

it("the pages avoid them", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "examples/README.md",
    ...filesIn("docs", ".md").filter((path) => !path.includes("notes")),
  ];
  const found = pages.flatMap((path) =>
    readFileSync(path, "utf8")
      .split("\n")
      .flatMap((line, i) => findings(`${path}:${i + 1}`, line)),
  );
  expect(found).toEqual([]);
});
