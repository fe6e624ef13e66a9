/** A folder of images, end to end: decoded, resized, run through the base, written to features.h5. */
import { join } from "node:path";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { listImageFolder } from "../../src/io/dataset/folder.js";
import { extractFeatures } from "../../src/models/data/extractFeatures.js";
import { ImageSource } from "../../src/models/data/imageSource.js";
import { FeaturesWriter } from "../../src/transfer/data/features.js";
import type { Bench, Item, Measurement } from "../item.js";
import { repeat, timed } from "../repeat.js";
import { summarize } from "../statistics.js";
import { inTemporaryFolder } from "../temporary.js";
import { flopsOf, inputShape, release, vgg16Base } from "./networks.js";

/** A CPU that stands in for a GPU does one or two images a second, a GPU hundreds. */
const imagesFor = (software: boolean) => (software ? 10 : 400);
const side = 400;
const batchSize = 20;

const meta = {
  classNames: ["discs", "stripes"],
  application: "vgg16",
  layer: "block5_pool",
  inputShape: [...inputShape],
  preprocess: "rescale",
  interpolation: "nearest",
  weightsSha256: "random:seed=1",
};

async function measure(bench: Bench): Promise<Measurement> {
  const { device, signal, budget } = bench;
  const count = imagesFor(device.caps.software);
  const peaks = await bench.peaks();
  return inTemporaryFolder(async (folder) => {
    await writeImageFolders(folder, { train: count / 2, size: side, seed: 1 });
    const base = await vgg16Base(device);
    const run = async () => {
      const { files } = await listImageFolder(join(folder, "train"));
      const source = new ImageSource(files, { height: inputShape[0], width: inputShape[1] });
      const writer = await FeaturesWriter.create(join(folder, "features.h5"), meta);
      for await (const batch of extractFeatures(base, source, { batchSize, signal })) {
        writer.append(
          "train",
          batch.features,
          batch.labels,
          batch.files.map((f) => f.relative),
        );
      }
      await writer.finish();
    };
    try {
      const summary = summarize(await repeat(() => timed(run), budget, signal));
      const gflops = (count * flopsOf(base).forward) / summary.median / 1e6;
      return {
        ...summary,
        detail: `${count} JPEGs of about ${side}×${side} → features.h5`,
        rate: { value: (1000 * count) / summary.median, unit: "img/s" },
        gflops,
        flopShare: gflops / peaks.gflops,
      };
    } finally {
      await release(base);
    }
  });
}

export const extractionItems: readonly Item[] = [{ name: "extraction", group: "job", measure }];
