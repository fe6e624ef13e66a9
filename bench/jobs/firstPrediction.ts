/** What a user waits for: `wgraft predict` on one image, from the start of its process to its end. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { drawImage } from "../../examples/synthetic/images.js";
import type { Bench, Item, Measurement } from "../item.js";
import { repeat, timed } from "../repeat.js";
import { summarize } from "../statistics.js";
import { inTemporaryFolder } from "../temporary.js";
import { grafted, release } from "./networks.js";

const execute = promisify(execFile);

/** Where Mesa's and NVIDIA's Vulkan drivers keep compiled shaders. Metal's and Direct3D's caches cannot be moved. */
export function shaderCacheAt(folder: string): Record<string, string> {
  return {
    MESA_SHADER_CACHE_DIR: folder,
    MESA_SHADER_CACHE_DISABLE: "false",
    __GL_SHADER_DISK_CACHE: "1",
    __GL_SHADER_DISK_CACHE_PATH: folder,
  };
}

const isCacheOurs = process.platform === "linux";

async function measure(
  { device, adapter, budget, signal }: Bench,
  cache: "warm" | "none",
): Promise<Measurement> {
  return inTemporaryFolder(async (folder) => {
    const [model, image] = [join(folder, "model.h5"), join(folder, "image.jpg")];
    const built = await grafted(device, () => false);
    await built.save(model);
    await release(built);
    const { data, ...size } = drawImage("discs", 400, 1);
    await writeFile(
      image,
      await sharp(data, { raw: { ...size, channels: 3 } })
        .jpeg()
        .toBuffer(),
    );
    const shared = join(folder, "shaders");
    await mkdir(shared);
    const args = [process.argv[1], "predict", "--model", model, image, "--preprocess", "rescale", "--json"];
    if (adapter) args.push("--adapter", adapter);
    if (device.toggles.length > 0) args.push("--toggles", device.toggles.join(","));
    const run = async () => {
      const shaders = cache === "warm" ? shared : await mkdtemp(join(folder, "shaders-"));
      const env = { ...process.env, ...shaderCacheAt(shaders) };
      return timed(() => execute(process.execPath, args, { env, signal }));
    };
    const summary = summarize(await repeat(run, budget, signal));
    return {
      ...summary,
      detail: "wgraft predict of one image, whole process",
      ...(!isCacheOurs && { note: "the driver's own shader cache could not be moved: both are warm" }),
    };
  });
}

export const firstPredictionItems: readonly Item[] = [
  {
    name: "first prediction, warm shader cache",
    group: "job",
    measure: (bench) => measure(bench, "warm"),
  },
  {
    name: "first prediction, no shader cache",
    group: "job",
    measure: (bench) => measure(bench, "none"),
  },
];
