/**
 * `npm run demo`: the tutorial's way from images to a classifier, on this machine and without a download.
 *
 * The images are generated and the base's weights are seeded, not ImageNet's: what is learned is small,
 * but every step is the real one, run through the command line as a user would. All files go to ./demo-run.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { syntheticClasses, writeImageFolders } from "./synthetic/images.js";
import { writeVgg16Weights } from "./synthetic/weights.js";

const folder = "demo-run";
const images = join(folder, "pictures");
const weights = join(folder, "vgg16_seeded_notop.h5");
const features = join(folder, "features.h5");
const run = join(folder, "run");
const model = join(run, "model.h5");
const cli = join(dirname(fileURLToPath(import.meta.url)), "cli.js");

/** Of each class. Few and small: a software adapter on two cores computes a few of these a second. */
const counts = { train: 60, validation: 20, test: 30 };
const size = 64;

/** Prints a command line as it would be typed, runs it, and returns its stdout where that is asked for. */
async function wgraft(args: readonly string[], capture = false): Promise<string> {
  console.log(`\n$ wgraft ${args.join(" ")}`);
  const child = spawn(process.execPath, [cli, ...args], {
    // The same kernels in every run, and nothing left outside the folder.
    env: { ...process.env, WGRAFT_NO_AUTOTUNE: "1" },
    stdio: ["inherit", capture ? "pipe" : "inherit", "inherit"],
  });
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const [code] = (await once(child, "close")) as [number | null];
  if (code === 0) return stdout;
  // The command has said what went wrong.
  process.exit(code ?? 1);
}

async function makeInputs(): Promise<void> {
  const total = syntheticClasses.length * (counts.train + counts.validation + counts.test);
  console.log(`generating ${total} pictures of ${syntheticClasses.join(" and ")} in ${images}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeImageFolders(images, { ...counts, seed: 1 });
  console.log(
    `generating seeded VGG16 weights, 59 MB, in ${weights} (edge filters and random mixtures, not ImageNet's)`,
  );
  await writeVgg16Weights(weights);
}

/** One test image of each class. */
async function someImages(): Promise<string[]> {
  const first = async (name: string) => {
    const path = join(images, "test", name);
    return join(path, (await readdir(path)).sort()[0]);
  };
  return Promise.all(syntheticClasses.map(first));
}

async function main(): Promise<void> {
  const start = performance.now();
  await makeInputs();
  await wgraft([
    ...["extract", "--data", images, "--out", features, "--overwrite"],
    ...["--app", "vgg16", "--weights", weights, "--size", String(size)],
    ...["--interpolation", "bilinear"],
  ]);
  console.log("\nfor so few pictures the learning rate is higher than the tutorial's 2e-5");
  await wgraft([
    ...["train", "--features", features, "--out", run, "--overwrite"],
    ...["--learning-rate", "1e-4", "--seed", "1"],
  ]);
  await wgraft(["evaluate", "--model", model, "--data", images]);
  await wgraft(["predict", "--model", model, ...(await someImages())]);

  const report = await wgraft(["evaluate", "--model", model, "--features", features, "--json"], true);
  const { accuracy, samples } = JSON.parse(report) as { accuracy: number; samples: number };
  const history = JSON.parse(await readFile(join(run, "history.json"), "utf8")) as Record<string, number[]>;
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  console.log(`
${samples} test pictures: accuracy ${percent(accuracy)}; guessing gives ${percent(1 / syntheticClasses.length)}
(after the first epoch ${percent(history.val_acc[0])} on validation pictures, after the last ${percent(history.val_acc.at(-1)!)})
These were generated pictures and seeded weights, not ImageNet: the figures say that it learns, not how well VGG16 does.

model   ${model} (Keras loads it)
curves  ${join(run, "curves.png")}, ${join(run, "curves.svg")}
report  ${join(run, "report.html")}
took    ${((performance.now() - start) / 1000).toFixed(0)} s`);
}

await main();
