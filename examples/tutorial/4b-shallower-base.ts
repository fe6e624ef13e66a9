/**
 * 4b. A base that is cut lower.
 *
 * The higher a layer, the more its features are about the things that ImageNet shows. Where your images are of
 * another kind (X-rays, satellite images, textures), cut the base below them: `layer` names the last layer to keep.
 * Maps are larger down there (18×18×256 behind block3 at 150×150), so `pooling` takes the mean of each over height and
 * width: 256 values an image. For cats and dogs, which ImageNet has plenty of, this is the worse choice.
 *
 *     --data cats_and_dogs_small    train/ and validation/, each with one folder per class
 *     --weights imagenet --size 150 --layer block3_pool --epochs 30 --batch-size 20 --out tutorial-run
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Dense, Dropout, ImageSource, listImageFolder, RMSprop, Sequential, tensor, VGG16 } from "wgraft";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "cats_and_dogs_small" },
    weights: { type: "string", default: "imagenet" },
    size: { type: "string", default: "150" },
    layer: { type: "string", default: "block3_pool" },
    epochs: { type: "string", default: "30" },
    "batch-size": { type: "string", default: "20" },
    out: { type: "string", default: "tutorial-run" },
  },
});
const size = Number(values.size);
const epochs = Number(values.epochs);
const batchSize = Number(values["batch-size"]);
await mkdir(values.out, { recursive: true });

const convBase = await VGG16({
  weights: values.weights,
  includeTop: false,
  inputShape: [size, size, 3],
  layer: values.layer,
  pooling: "avg",
});
convBase.summary();

/** Features (n, 256) and labels (n). */
async function features(split: string) {
  const { files } = await listImageFolder(join(values.data, split));
  const images = new ImageSource(files, { height: size, width: size });
  return [await convBase.predict(images, { batchSize }), tensor(files.map(({ label }) => label))] as const;
}
const [x, y] = await features("train");
const validationData = await features("validation");
console.log(`features (${x.shape.join(", ")})`);

const head = new Sequential([
  new Dense({ units: 256, activation: "relu", inputDim: x.shape[1] }),
  new Dropout({ rate: 0.5 }),
  new Dense({ units: 1, activation: "sigmoid" }),
]);
// So small a head takes larger steps than that of page 2, which has 8192 values to go by.
head.compile({
  optimizer: new RMSprop({ learningRate: 2e-4 }),
  loss: "binary_crossentropy",
  metrics: ["acc"],
});
const { history } = await head.fit(x, y, { epochs, batchSize, validationData });
console.log(`validation accuracy after ${epochs} epochs: ${history.val_acc.at(-1)!.toFixed(3)}`);

// Base and trained head as one model, which takes images: page 5 can evaluate it.
const model = new Sequential([convBase, head]);
convBase.trainable = false;
model.compile({ loss: "binary_crossentropy", metrics: ["acc"] });
await model.save(join(values.out, "cats_and_dogs_small_shallow.h5"));
