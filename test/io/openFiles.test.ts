import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, it, onTestFinished } from "vitest";
import { bundling } from "../../scripts/bundling.mjs";
import { whenFilesAreFree } from "../../src/io/openFiles.js";
import { temporaryImages } from "../support/images.js";

it("waits while too many files are open, and passes other errors on", async () => {
  let attempts = 0;
  const shortage = (code: string) => Object.assign(new Error(code), { code });
  const result = await whenFilesAreFree(async () => {
    if (++attempts < 4) throw shortage(attempts % 2 ? "EMFILE" : "ENFILE");
    return "open";
  });
  expect([result, attempts]).toEqual(["open", 4]);
  await expect(
    whenFilesAreFree(async () => {
      throw shortage("ENOENT");
    }),
  ).rejects.toThrow("ENOENT");
});

it("a process that may open few files looks at all images, and finds none of them bad", async () => {
  const images = await temporaryImages({ train: 40, size: 16 });
  // Where dependencies are found from.
  await mkdir("dist", { recursive: true });
  const folder = await mkdtemp(join("dist", ".test-files-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const bundle = resolve(folder, "survey.js");
  const code = `
    import { listDataset } from "./src/io/dataset/splits.ts";
    import { surveyImages } from "./src/io/dataset/survey.ts";
    import { open } from "node:fs/promises";
    const { splits: [{ files }] } = await listDataset(process.argv[2]);
    await surveyImages(files.slice(0, 1)); // sharp opens files of its own
    const held = [];
    try { for (;;) held.push(await open(process.argv[2])); } catch (error) { if (error.code !== "EMFILE") throw error; }
    setTimeout(() => held.forEach((handle) => void handle.close()), 200);
    const { files: good, bad } = await surveyImages(files);
    console.log(JSON.stringify([good.length, bad.length]));`;
  await build({
    stdin: { contents: code, resolveDir: process.cwd(), loader: "ts" },
    ...bundling,
    outfile: bundle,
  });
  const { stdout } = await promisify(execFile)("bash", [
    ...["-c", `ulimit -n 64; exec "$0" "$1" "$2"`, process.execPath, bundle, images],
  ]);
  expect(JSON.parse(stdout)).toEqual([80, 0]);
});
