/** `wgraft check-data`: its table, its JSON, its page. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import type { DataCheck } from "../../src/index.js";
import { Cli } from "./cli.js";

let cli: Cli;
let folder: string;

beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-check-"));
  await writeImageFolders(join(folder, "photos"), { train: 6, validation: 3, size: 60 });
  const discs = join(folder, "photos", "train", "discs");
  await copyFile(join(discs, "discs.0.jpg"), join(folder, "photos", "validation", "discs", "<b>leak.jpg"));
  await writeFile(join(discs, "broken.jpg"), "no image");
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

const check = (...args: string[]) => cli.run(["check-data", "photos", ...args], { cwd: folder });

it("prints what it found, without a GPU, and what it did not look for", async () => {
  // An adapter that there is not: it would be an error if one were asked for.
  const { code, stdout, stderr } = await check("--adapter", "none such", "--out", "data.html");
  expect(stderr).toMatch(
    /wrote data\.html\nnext: wgraft check-data photos --app mobilenet --out data\.html\n +or: wgraft train/,
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ +images  discs  stripes\ntrain +12 +6 +6\nvalidation +7 +4 +3\nsizes: /);
  expect(stdout).toMatch(/^files that cannot be read +1$/m);
  expect(stdout).toMatch(/^groups of copies across splits \(leakage\) +1$/m);
  expect(stdout).toContain("  photos/train/discs/discs.0.jpg  photos/validation/discs/<b>leak.jpg\n");
  expect(stdout).toMatch(
    /\nnot checked: labels that are likely wrong \(no base was named: --app or --model\)\n/,
  );
  const html = await readFile(join(folder, "data.html"), "utf8");
  expect(html).toContain("validation/discs/&lt;b&gt;leak.jpg");
  expect(html).not.toContain("<b>leak");
  const again = await check("--out", "data.html");
  expect(again).toMatchObject({ code: 2, stdout: "" });
  expect(again.stderr).toBe("wgraft: data.html is there already; --overwrite replaces it\n");
});

it("says the same as JSON, with a base more", async () => {
  const base = ["--app", "mobilenet", "--alpha", "0.25", "--weights", "random", "--size", "32"];
  const { code, stdout } = await check(...base, "--folds", "3", "--no-cache", "--json");
  expect(code).toBe(0);
  const found = JSON.parse(stdout) as DataCheck;
  expect(found.unreadable).toMatchObject([
    { file: "photos/train/discs/broken.jpg", class: "discs", split: "train" },
  ]);
  expect(found.duplicates.map(({ acrossSplits, acrossClasses }) => [acrossSplits, acrossClasses])).toEqual([
    [true, false],
  ]);
  expect(found.features).toMatchObject({ application: "mobilenet", folds: 3 });
  expect(found.unlikelyLabels).toBeInstanceOf(Array);
  expect(found.notChecked).toEqual([]);
});

it("refuses a folder that is not one of data", async () => {
  expect(await cli.run(["check-data", "nowhere"], { cwd: folder })).toMatchObject({ code: 4 });
});
