/**
 * 5. Evaluate on the test images, and predict single ones.
 *
 *     --model tutorial-run/cats_and_dogs_small_4.h5    any model of these pages that takes images
 *     --data cats_and_dogs_small                       test/, with one folder per class
 *     IMAGE…                                           what to predict; default: the first test image of each class
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { decodeImage, ImageDataGenerator, loadModel, resizeImage, tensor } from "wgraft";

const { values, positionals } = parseArgs({
  options: {
    model: { type: "string", default: "tutorial-run/cats_and_dogs_small_4.h5" },
    data: { type: "string", default: "cats_and_dogs_small" },
  },
  allowPositionals: true,
});

// It comes back compiled, as it was saved.
const model = await loadModel(values.model);
const [height, width] = model.inputShape;

const testGenerator = new ImageDataGenerator({ rescale: 1 / 255 });
const test = await testGenerator.flowFromDirectory(join(values.data, "test"), {
  targetSize: [height, width],
  batchSize: 20,
  classMode: "binary",
});
const { loss, acc } = await model.evaluate(test);
console.log(`${test.samples} test images: loss ${loss.toFixed(4)}, acc ${acc.toFixed(3)}`);

const { classNames, files } = test.folder;
const firstOfEach = classNames.map((_, label) => files.find((file) => file.label === label)!.path);
for (const path of positionals.length > 0 ? positionals : firstOfEach) {
  const pixels = resizeImage(await decodeImage(path), height, width, "nearest");
  const output = await model.predict(tensor(pixels, [1, height, width, 3]), { preprocess: "rescale" });
  // The sigmoid gives the probability of class 1, which is the second folder by name.
  const [probability] = await output.data();
  const label = probability > 0.5 ? 1 : 0;
  const sure = label === 1 ? probability : 1 - probability;
  console.log(`${path}: ${classNames[label]} (${(100 * sure).toFixed(1)}%)`);
}
