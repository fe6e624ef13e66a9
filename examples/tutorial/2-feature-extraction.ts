/**
 * 2. Fast feature extraction.
 *
 * The base runs once over every image, and what comes out is kept in a file. On that a small head is trained, which
 * takes seconds; the base, where all the time goes, is not touched again. The price: no augmentation, since each
 * image was seen only once and as it is. Page 3 does it the other way.
 *
 *     --data cats_and_dogs_small    train/, validation/ and test/, each with one folder per class
 *     --weights imagenet --size 150 --epochs 30 --batch-size 20 --out tutorial-run
 *     --features FILE.h5            go on from here with features that are there already (`wgraft extract` writes the same)
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  Dense,
  Dropout,
  extractFeatures,
  FeaturesWriter,
  ImageSource,
  listDataset,
  readFeatures,
  resolveWeights,
  RMSprop,
  Sequential,
  sha256OfFile,
  VGG16,
  writeRunReport,
  type FeaturesSplit,
} from "wgraft";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "cats_and_dogs_small" },
    weights: { type: "string", default: "imagenet" },
    size: { type: "string", default: "150" },
    epochs: { type: "string", default: "30" },
    "batch-size": { type: "string", default: "20" },
    features: { type: "string" },
    out: { type: "string", default: "tutorial-run" },
  },
});
const size = Number(values.size);
const epochs = Number(values.epochs);
const batchSize = Number(values["batch-size"]);
await mkdir(values.out, { recursive: true });

/** Writes what the base makes of every image. The file tells what made it. */
async function extract(path: string): Promise<void> {
  const inputShape = [size, size, 3];
  const weights =
    values.weights === "imagenet"
      ? await resolveWeights({ application: "vgg16", includeTop: false })
      : values.weights;
  const convBase = await VGG16({ weights, includeTop: false, inputShape });
  const { classNames, splits } = await listDataset(values.data);
  const writer = await FeaturesWriter.create(path, {
    classNames: [...classNames],
    application: "vgg16",
    layer: "block5_pool",
    inputShape,
    preprocess: "rescale",
    interpolation: "nearest",
    weights,
    weightsSha256: await sha256OfFile(weights),
  });
  for (const { name, files } of splits) {
    // Pixels go to the GPU as bytes and are divided by 255 there.
    const images = new ImageSource(files, { height: size, width: size, preprocess: "rescale" });
    let done = 0;
    for await (const { features, labels, files: some } of extractFeatures(convBase, images, {
      batchSize,
    })) {
      const names = some.map(({ relative }) => relative);
      writer.append(name, features, labels, names);
      done += names.length;
      console.log(`${name}: ${done} of ${files.length} images, features (${features.shape.join(", ")})`);
    }
  }
  await writer.finish();
}

/** One row an image, as a Dense layer wants it: (n, 4, 4, 512) → (n, 8192). */
function flattened({ features, labels }: FeaturesSplit) {
  const samples = features.shape[0];
  return [features.reshape([samples, features.size / samples]), labels] as const;
}

const featuresFile = values.features ?? join(values.out, "features.h5");
if (values.features === undefined) await extract(featuresFile);
const { splits } = await readFeatures(featuresFile);
const [x, y] = flattened(splits.train);
const validationData = flattened(splits.validation);

const head = new Sequential([
  new Dense({ units: 256, activation: "relu", inputDim: x.shape[1] }),
  new Dropout({ rate: 0.5 }),
  new Dense({ units: 1, activation: "sigmoid" }),
]);
head.summary();
head.compile({
  optimizer: new RMSprop({ learningRate: 2e-5 }),
  loss: "binary_crossentropy",
  metrics: ["acc"],
});

const { history } = await head.fit(x, y, {
  epochs,
  batchSize,
  validationData,
  callbacks: [
    {
      onEpochEnd: (epoch, { loss, acc, val_loss, val_acc }) =>
        console.log(
          `epoch ${epoch + 1}/${epochs}: loss ${loss.toFixed(4)}, acc ${acc.toFixed(3)}, ` +
            `validation loss ${val_loss.toFixed(4)}, acc ${val_acc.toFixed(3)}`,
        ),
    },
  ],
});

await head.save(join(values.out, "cats_and_dogs_small_features.h5"));
// Among the files: curves.png, loss and accuracy by epoch.
await writeRunReport(join(values.out, "feature-extraction"), { title: "Fast feature extraction", history });
const { acc } = await head.evaluate(...flattened(splits.test));
console.log(`test accuracy: ${acc.toFixed(3)}`);
