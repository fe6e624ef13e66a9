/** The rules for imports that no lint rule checks: import-x/no-cycle passes over `import type`. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const folders = ["src", "bench", "test", "examples"];

/** Specifiers of a file's imports by file, type-only and dynamic ones included. Paths are those below the root. */
function importsOf(folder: string): Map<string, string[]> {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => join(folder, name));
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
      return [file, importedFiles.map(({ fileName }) => fileName)];
    }),
  );
}

/** What each file imports of the same map. */
function graphOf(imports: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  return new Map(
    [...imports].map(([file, specifiers]) => [
      file,
      specifiers
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => join(dirname(file), specifier).replace(/\.js$/, ".ts"))
        .filter((target) => imports.has(target)),
    ]),
  );
}

/** A circle for each import that closes one, as the paths along it. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]) => {
    const start = path.indexOf(file);
    if (start >= 0) circles.push([...path.slice(start), file].join(" → "));
    if (start >= 0 || done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return circles;
}

describe("the search for circles", () => {
  it("finds those of one, two and three files", () => {
    const graph = new Map([
      ["alone", ["alone"]],
      ["a", ["b"]],
      ["b", ["a", "x"]],
      ["x", ["y"]],
      ["y", ["z", "leaf"]],
      ["z", ["x", "leaf"]],
      ["leaf", []],
    ]);
    expect(circlesOf(graph)).toEqual(["alone → alone", "a → b → a", "x → y → z → x"]);
  });

  it("sees type-only, dynamic and re-exporting imports", () => {
    const text = `
      import type { A } from "./a.js";
      import { type B } from "./b.js";
      export type { C } from "./c.js";
      export * from "./d.js";
      const e = () => import("./e.js");
      type F = import("./f.js").F;`;
    const found = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
    expect(found.sort()).toEqual(["a", "b", "c", "d", "e", "f"].map((name) => `./${name}.js`));
  });
});

const imports = new Map(folders.flatMap((folder) => [...importsOf(folder)]));

it("no files import each other in a circle, not even types", () => {
  expect(imports.size).toBeGreaterThan(300);
  expect(circlesOf(graphOf(imports))).toEqual([]);
});

it("only src/io/hdf5 imports h5wasm", () => {
  const using = [...imports].filter(([, specifiers]) => specifiers.some((s) => /^h5wasm(\/|$)/.test(s)));
  expect([...new Set(using.map(([file]) => relative("src", dirname(file))))]).toEqual(["io/hdf5"]);
});
