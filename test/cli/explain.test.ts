/** `wgraft explain`: PNG files of heat maps and of feature maps. */
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { Conv2D, decodeImage, Dense, GlobalAveragePooling2D, Sequential } from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { createTestDevice } from "../support/run.js";
import { Cli } from "./cli.js";

let cli: Cli;
let device: Device;
let folder: string;
let images: string;

beforeAll(async () => {
  [cli, device] = await Promise.all([Cli.build(), createTestDevice()]);
  folder = await mkdtemp(join(tmpdir(), "wgraft-explain-"));
  await writeImageFolders(folder, { train: 2, size: 30 });
  images = join(folder, "images");
  for (const name of ["a", "b"]) await mkdir(join(images, name), { recursive: true });
  for (const name of ["a/1.jpg", "b/1.jpg"])
    await copyFile(join(folder, "train", "discs", "discs.0.jpg"), join(images, name));
  await writeFile(join(images, "b", "broken.png"), "no image");
  const layers = [
    new Conv2D({ filters: 4, kernelSize: 3, inputShape: [12, 12, 3], name: "conv" }),
    new GlobalAveragePooling2D(),
    new Dense({ units: 3, activation: "softmax" }),
  ];
  await new Sequential(layers, { device, seed: 5 }).save(join(folder, "model.h5"));
});
afterAll(async () => {
  await cli.remove();
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

const explain = (...args: string[]) =>
  cli.run(["explain", "--model", "model.h5", "--preprocess", "rescale", ...args], { cwd: folder });

it("writes a heat map of each image, of its size, and says what comes next", async () => {
  const names = ["--class-names", "ant,bee,cat", "--class", "bee"];
  const { code, stdout, stderr } = await explain("images", "--skip-bad", ...names);
  expect(stderr).toMatch(/skipped images\/b\/broken\.png: .*\nheat maps of layer conv\nnext: wgraft explain/);
  expect(code).toBe(0);
  const lines = stdout.trim().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(
    /^images\/b\/1\.jpg +bee( \(predicted (ant|cat)\))? +0\.\d{4} +explained\/images-b-1\.png$/,
  );
  const original = await decodeImage(join(images, "a", "1.jpg"));
  const overlay = await decodeImage(join(folder, "explained", "images-a-1.png"));
  expect([overlay.width, overlay.height]).toEqual([original.width, original.height]);
  expect(overlay.data).not.toEqual(original.data);
});

it("replaces no file unless it is to", async () => {
  const one = ["images/a/1.jpg", "--out", "once"];
  expect(await explain(...one)).toMatchObject({ code: 0 });
  const again = await explain(...one);
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/^wgraft: once\/1\.png exists; choose another --out, or pass --overwrite$/m);
  const { code, stdout } = await explain(...one, "--overwrite", "--json");
  expect(code).toBe(0);
  const { images: found } = JSON.parse(stdout) as { images: object[] };
  expect(found).toMatchObject([{ file: "images/a/1.jpg", out: "once/1.png", layer: "conv" }]);
});

it("writes the channels of a layer", async () => {
  const { code, stdout } = await explain(
    "images/a/1.jpg",
    "--feature-maps",
    "--layer",
    "conv",
    "--out",
    "maps",
  );
  expect([code, stdout]).toEqual([0, "images/a/1.jpg  (10, 10, 4)  maps/1.png\n"]);
  const { width, height } = await decodeImage(join(folder, "maps", "1.png"));
  expect([width, height]).toEqual([4 * 72 - 2, 70]);
  expect(await readdir(join(folder, "maps"))).toEqual(["1.png"]);
});

it("refuses what it does not understand", async () => {
  const wrong = await Promise.all([
    explain("images/a/1.jpg", "--layer", "dense", "--out", "no"),
    explain("images/a/1.jpg", "--feature-maps", "--class", "1", "--out", "no"),
  ]);
  expect(wrong.map(({ code }) => code)).toEqual([2, 2]);
  expect(wrong[0].stderr).toMatch(/--layer dense: it outputs \(3,\), where maps .* those are of conv$/m);
  expect(wrong[1].stderr).toMatch(/--class is for heat maps/);
});
