/**
 * Makes features.h5.gz and run/ with a built checkout: files of a version of wgraft that later ones must load.
 *
 *   node make.mjs CHECKOUT
 *
 * Made with version 0.1.0 as it was before src/transfer (commit 1908180). The model and the state are of random weights.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const folder = dirname(fileURLToPath(import.meta.url));
const checkout = resolve(process.argv[2]);
const { FeaturesWriter, tensor } = await import(join(checkout, "dist", "index.js"));

const features = join(folder, "features.h5");
const writer = await FeaturesWriter.create(features, {
  classNames: ["chats été", "dogs"],
  application: "mobilenet",
  layer: "conv_pw_13_relu",
  inputShape: [64, 96, 3],
  preprocess: "tf",
  interpolation: "bilinear",
  weightsSha256: "ab".repeat(32),
  weights: "/poids d'été/mobilenet.h5",
  alpha: 0.5,
  pooling: "avg",
  precision: "float16",
});
for (const [split, n] of [
  ["train", 4],
  ["validation", 2],
]) {
  const rows = Float32Array.from({ length: 3 * n }, (_, i) => Math.sin(i));
  const labels = Array.from({ length: n }, (_, i) => i % 2);
  writer.append(
    split,
    tensor(rows, [n, 3]),
    labels,
    labels.map((label, i) => `${label}/${i}.jpg`),
  );
}
await writer.finish();

const run = join(folder, "run");
rmSync(run, { recursive: true, force: true });
const options = ["--epochs", "2", "--units", "2", "--seed", "7", "--batch-size", "3", "--early-stop", "9"];
const more = ["--class-weight", "balanced", "--learning-rate", "1e-3", "--no-autotune"];
const args = ["train", "--features", "features.h5", "--out", "run", ...options, ...more];
execFileSync(process.execPath, [join(checkout, "bin", "wgraft.cjs"), ...args], {
  cwd: folder,
  stdio: "inherit",
});
for (const name of [
  "history.json",
  "history.csv",
  "curves.svg",
  "curves.png",
  "report.html",
  "checkpoint/last.h5",
])
  rmSync(join(run, name));
// Chunks of a megabyte that are zeros but for a few values.
writeFileSync(`${features}.gz`, gzipSync(readFileSync(features)));
rmSync(features);
