/** The examples in docstrings and in README.md: that they compile, that those which need no files run, and who has one. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { format } from "node:util";
import ts from "typescript";
import { beforeAll, expect, it } from "vitest";
import * as wgraft from "../../src/index.js";
import * as given from "./given.js";

/** What a newcomer does not meet first, or meets in the examples of what makes it. */
const withoutExample = new Set([
  ...["Layer", "layerOptions", "LearningRateSchedule", "SlotOptimizer", "optimizerOptions", "InputLayer"],
  ...["SymbolicTensor", "ArraySource", "DirectoryFlow", "ImageFlow", "FeaturesWriter", "Program"],
  ...["TuningCache", "FeatureCache", "arePublished", "blocksOf", "layersOfBlock"],
  // docs/kernels.md shows how an op is made.
  "defineOp",
]);

interface Example {
  /** File and line, for messages. */
  readonly place: string;
  readonly code: string;
}

const examples = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .flatMap((name) => examplesIn(join("src", name)))
  .concat(programsIn("README.md"));

function examplesIn(path: string): Example[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.flatMap((line, at) => {
    if (!/^ *\* @example/.test(line)) return [];
    const rest = lines.slice(at + 1);
    const code = rest.slice(
      0,
      rest.findIndex((next) => /^ *(\*\/|\* @)/.test(next)),
    );
    return [{ place: `${path}:${at + 1}`, code: code.map((l) => l.replace(/^ *\* ?/, "")).join("\n") }];
  });
}

/** The programs of a page. */
function programsIn(path: string): Example[] {
  const blocks = readFileSync(path, "utf8").matchAll(/^```ts\n(.*?)^```/gms);
  return [...blocks].map(([, code], i) => ({ place: `${path}, program ${i + 1}`, code }));
}

/** The names of `of` that the code uses. */
function namesIn(code: string, of: object): string[] {
  return Object.keys(of).filter((name) => new RegExp(`(?<![.\\w])${name}\\b`).test(code));
}

/** What an example leaves to its reader; a program has its imports. */
function importsFor(code: string): string {
  if (code.includes('from "wgraft"')) return "";
  const declared = new Set([...code.matchAll(/^const \{?(\w+)/gm)].map(([, name]) => name));
  const from = (names: string[], module: string) =>
    `import { ${names.filter((name) => !declared.has(name)).join(", ")} } from "${module}"; `;
  return from(namesIn(code, wgraft), "wgraft") + from(namesIn(code, given), "./given.js");
}

let program: ts.Program;
const fileOf = (index: number) => resolve("test/examples", `.example-${index}.ts`);
beforeAll(() => {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile("tsconfig.json", (path) => ts.sys.readFile(path)).config,
    ts.sys,
    resolve("."),
  );
  const modules = new Map(examples.map(({ code }, i) => [fileOf(i), importsFor(code) + code] as const));
  const host = ts.createCompilerHost(options);
  program = ts.createProgram(
    ["src/index.ts", ...modules.keys()],
    { ...options, noUnusedLocals: false },
    {
      ...host,
      fileExists: (path) => modules.has(path) || host.fileExists(path),
      readFile: (path) => modules.get(path) ?? host.readFile(path),
      getSourceFile: (path, languageVersion) =>
        modules.has(path)
          ? ts.createSourceFile(path, modules.get(path)!, languageVersion)
          : host.getSourceFile(path, languageVersion),
    },
  );
}, 60_000);

it("they compile", { timeout: 60_000 }, () => {
  const found = examples.flatMap(({ place }, i) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(fileOf(i)))
      .map(({ messageText }) => `${place}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`),
  );
  expect(found).toEqual([]);
});

const applications = Object.entries(wgraft).flatMap(([name, value]) =>
  Object.values<unknown>(wgraft.applications).includes(value) ? [name] : [],
);

/** Modules of Node, files, a folder of photos, or what has to be downloaded. */
function needsFiles(code: string): boolean {
  return (
    /^import |"[^" ]*[./][^" ]*"|"photos"|imagenet|resolveWeights/m.test(code) ||
    namesIn(code, wgraft).some((name) => applications.includes(name))
  );
}

const AsyncFunction = (async () => undefined).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<void>;

it.each(examples.filter(({ code }) => !needsFiles(code)))("$place runs", async ({ code }) => {
  const printed: string[] = [];
  const console = { log: (...values: unknown[]) => void printed.push(format(...values)) };
  const { outputText } = ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
  const scope = { ...wgraft, console };
  const outer = new AsyncFunction(
    ...["scope", "given"],
    `const { ${namesIn(code, scope).join(", ")} } = scope; const { ${namesIn(code, given).join(", ")} } = given; {\n${outputText}\n}`,
  );
  await outer(scope, given);
  const expected = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
  if (expected.length > 0) expect(printed).toEqual(expected);
});

it("every class and function that a newcomer meets has one", () => {
  const checker = program.getTypeChecker();
  const symbols = checker.getExportsOfModule(
    checker.getSymbolAtLocation(program.getSourceFile(resolve("src/index.ts"))!)!,
  );
  const without = symbols.filter((exported) => {
    const isAlias = exported.flags & ts.SymbolFlags.Alias;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    const isMade = symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Function);
    return isMade && symbol.getJsDocTags().every(({ name }) => name !== "example");
  });
  expect(without.map(({ name }) => name).filter((name) => !withoutExample.has(name))).toEqual([]);
});
