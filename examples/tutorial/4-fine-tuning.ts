/**
 * 4. Fine-tuning.
 *
 * Now that the head knows something, the last block of the base may adapt too, slowly. The blocks below stay frozen:
 * what they see (edges, colours, textures) serves any image, and fewer weights overfit less.
 *
 *     --model tutorial-run/cats_and_dogs_small_3.h5    what page 3 saved
 *     --data cats_and_dogs_small                       train/ and validation/, each with one folder per class
 *     --epochs 100 --steps 50 --batch-size 32 --out tutorial-run
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ImageDataGenerator, loadModel, RMSprop, writeRunReport, type Model } from "wgraft";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "tutorial-run/cats_and_dogs_small_3.h5" },
    data: { type: "string", default: "cats_and_dogs_small" },
    epochs: { type: "string", default: "100" },
    steps: { type: "string", default: "50" },
    "batch-size": { type: "string", default: "32" },
    out: { type: "string", default: "tutorial-run" },
  },
});
const epochs = Number(values.epochs);
await mkdir(values.out, { recursive: true });

const model = await loadModel(values.model);
const convBase = model.getLayer("vgg16") as Model;

convBase.trainable = true;
for (const layer of convBase.layers) layer.trainable = layer.name.startsWith("block5_");
console.log(`trainable weights with block5: ${model.trainableWeights.length}`);

// What is trainable takes effect here. A tenth of a usual rate: large steps would harm what block5 has learned.
model.compile({
  optimizer: new RMSprop({ learningRate: 1e-5 }),
  loss: "binary_crossentropy",
  metrics: ["acc"],
});

const [height, width] = model.inputShape;
const flowOptions = {
  targetSize: [height, width],
  batchSize: Number(values["batch-size"]),
  classMode: "binary",
} as const;
const trainGenerator = new ImageDataGenerator({
  rescale: 1 / 255,
  rotationRange: 40,
  widthShiftRange: 0.2,
  heightShiftRange: 0.2,
  shearRange: 0.2,
  zoomRange: 0.2,
  horizontalFlip: true,
  fillMode: "nearest",
});
const validationGenerator = new ImageDataGenerator({ rescale: 1 / 255 });
const { history } = await model.fit(
  await trainGenerator.flowFromDirectory(join(values.data, "train"), flowOptions),
  {
    epochs,
    stepsPerEpoch: Number(values.steps),
    validationData: await validationGenerator.flowFromDirectory(join(values.data, "validation"), flowOptions),
    callbacks: [
      {
        onEpochEnd: (epoch, { loss, acc, val_loss, val_acc }) =>
          console.log(
            `epoch ${epoch + 1}/${epochs}: loss ${loss.toFixed(4)}, acc ${acc.toFixed(3)}, ` +
              `validation loss ${val_loss.toFixed(4)}, acc ${val_acc.toFixed(3)}`,
          ),
      },
    ],
  },
);

await model.save(join(values.out, "cats_and_dogs_small_4.h5"));

/** Exponential moving averages, in which a trend shows through the noise of single epochs. */
function smoothed(points: readonly number[], factor = 0.8): number[] {
  let average = points[0];
  return points.map((point) => (average = factor * average + (1 - factor) * point));
}
const smooth = Object.fromEntries(Object.entries(history).map(([name, points]) => [name, smoothed(points)]));
await writeRunReport(join(values.out, "fine-tuning"), { title: "Fine-tuning of block5", history });
await writeRunReport(join(values.out, "fine-tuning-smoothed"), {
  title: "The same, smoothed",
  history: smooth,
});
