/** The same families below src/kernels, wgsl and test/kernels, and no kernel text borrowed from another family. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, it } from "vitest";

const pathOf = (folder: string) => new URL(`../../${folder}/`, import.meta.url);

/** Folders of `folder`, but for those that are no family. */
function familiesOf(folder: string, ...others: string[]): string[] {
  return readdirSync(pathOf(folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !others.includes(entry.name))
    .map(({ name }) => name)
    .sort();
}

const filesOf = (folder: string, extension: string) =>
  readdirSync(pathOf(folder)).filter((name) => name.endsWith(extension));

const families = familiesOf("src/kernels", "gpu", "common");

/** The kernel texts that a file imports, as "family/file.wgsl". */
function wgslImportsOf(folder: string, file: string): string[] {
  const text = readFileSync(new URL(file, pathOf(folder)), "utf8");
  return [...text.matchAll(/from "(?:\.\.\/)+wgsl\/([^"]+)"/g)].map(([, path]) => path);
}

it("src/kernels, wgsl and test/kernels have the same families", () => {
  expect(families.length).toBeGreaterThan(5);
  expect(familiesOf("wgsl", "common")).toEqual(families);
  expect(familiesOf("test/kernels", "gpu", "common")).toEqual(families);
});

it.each(families)(
  "%s takes kernel text from its own folder and common alone, and uses all it has",
  (family) => {
    const imports = filesOf(`src/kernels/${family}`, ".ts").flatMap((file) =>
      wgslImportsOf(`src/kernels/${family}`, file),
    );
    const foreign = imports.filter((path) => !path.startsWith(`${family}/`) && !path.startsWith("common/"));
    expect(foreign).toEqual([]);
    const own = imports.filter((path) => path.startsWith(`${family}/`)).map((path) => basename(path));
    expect([...new Set(own)].sort()).toEqual(filesOf(`wgsl/${family}`, ".wgsl").sort());
  },
);

it("every piece of wgsl/common is used", () => {
  const importers = [...families, "common", "gpu"].flatMap((family) =>
    filesOf(`src/kernels/${family}`, ".ts").flatMap((file) => wgslImportsOf(`src/kernels/${family}`, file)),
  );
  const common = filesOf("wgsl/common", ".wgsl").map((file) => `common/${file}`);
  expect(common.filter((path) => !importers.includes(path))).toEqual([]);
});
