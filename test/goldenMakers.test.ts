/** test/golden/README.md: every file there is in its table, next to a program that is there. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";

const golden = "test/golden";
const files = readdirSync(golden, { recursive: true, encoding: "utf8" })
  .filter((name) => statSync(join(golden, name)).isFile() && !name.includes("__pycache__"))
  .map((name) => name.replaceAll("\\", "/"));
const isMaker = (name: string) => /\.(py|mjs)$/.test(name);

const rows = readFileSync(join(golden, "README.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => {
    const [, patterns, how] = line.split("|");
    return { patterns: [...patterns.matchAll(/`([^`]+)`/g)].map(([, pattern]) => pattern), how };
  });

function matches(pattern: string, name: string): boolean {
  const [start, end] = pattern.split("*");
  return end === undefined ? name === pattern : name.startsWith(start) && name.endsWith(end);
}

it("every golden file is listed", () => {
  const patterns = rows.flatMap((row) => row.patterns);
  const data = files.filter((name) => name !== "README.md" && !isMaker(name));
  expect(data.filter((name) => !patterns.some((pattern) => matches(pattern, name)))).toEqual([]);
  expect(patterns.filter((pattern) => !data.some((name) => matches(pattern, name)))).toEqual([]);
});

it("every row names a maker that is there, and every maker is named", () => {
  const makers = files.filter(isMaker).map((name) => basename(name));
  const named = rows.map(({ how }) => [...how.matchAll(/(\w+\.(?:py|mjs))/g)].map(([, name]) => name));
  expect(named.filter((names) => names.length === 0)).toEqual([]);
  expect(named.flat().filter((name) => !makers.includes(name))).toEqual([]);
  expect(makers.filter((name) => !named.flat().includes(name))).toEqual([]);
});
