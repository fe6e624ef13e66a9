/**
 * 3. End to end, with augmentation.
 *
 * The head stands on the base, and every image is turned, shifted, slanted, zoomed and mirrored at random each time
 * it is seen, on the GPU: the model never sees the same image twice. The base is frozen. Unfrozen, the large
 * gradients of a head that knows nothing yet would wreck what it has learned.
 *
 *     --data cats_and_dogs_small    train/ and validation/, each with one folder per class
 *     --weights imagenet --size 150 --epochs 30 --steps 50 --batch-size 32 --out tutorial-run
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import {
  decodeImage,
  Dense,
  Flatten,
  ImageDataGenerator,
  resizeImage,
  RMSprop,
  Sequential,
  tensor,
  VGG16,
  writeRunReport,
} from "wgraft";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "cats_and_dogs_small" },
    weights: { type: "string", default: "imagenet" },
    size: { type: "string", default: "150" },
    epochs: { type: "string", default: "30" },
    steps: { type: "string", default: "50" },
    "batch-size": { type: "string", default: "32" },
    out: { type: "string", default: "tutorial-run" },
  },
});
const size = Number(values.size);
const epochs = Number(values.epochs);
await mkdir(values.out, { recursive: true });

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
// Validation images stay as they are.
const validationGenerator = new ImageDataGenerator({ rescale: 1 / 255 });

const flowOptions = {
  targetSize: [size, size],
  batchSize: Number(values["batch-size"]),
  classMode: "binary",
} as const;
const training = await trainGenerator.flowFromDirectory(join(values.data, "train"), flowOptions);
const validation = await validationGenerator.flowFromDirectory(join(values.data, "validation"), flowOptions);

// What augmentation does to an image: four random variants of one.
const image = resizeImage(await decodeImage(training.folder.files[0].path), size, size, "nearest");
for (let i = 1; i <= 4; i++) {
  const variant = trainGenerator.randomTransform(tensor(image, [size, size, 3]));
  await sharp(Uint8Array.from(await variant.data()), { raw: { width: size, height: size, channels: 3 } })
    .png()
    .toFile(join(values.out, `augmented-${i}.png`));
}
console.log(`four variants of ${training.filenames[0]}: ${join(values.out, "augmented-1.png")} …`);

const convBase = await VGG16({
  weights: values.weights,
  includeTop: false,
  inputShape: [size, size, 3],
});
const model = new Sequential([
  convBase,
  new Flatten(),
  new Dense({ units: 256, activation: "relu" }),
  new Dense({ units: 1, activation: "sigmoid" }),
]);
model.summary();

console.log(`trainable weights before the base is frozen: ${model.trainableWeights.length}`);
convBase.trainable = false;
console.log(`trainable weights after the base is frozen: ${model.trainableWeights.length}`);

model.compile({
  optimizer: new RMSprop({ learningRate: 2e-5 }),
  loss: "binary_crossentropy",
  metrics: ["acc"],
});
const { history } = await model.fit(training, {
  epochs,
  stepsPerEpoch: Number(values.steps),
  validationData: validation,
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

await model.save(join(values.out, "cats_and_dogs_small_3.h5"));
await writeRunReport(join(values.out, "augmentation"), { title: "End to end, with augmentation", history });
